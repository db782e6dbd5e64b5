/**
 * Debian's Prometheus scrapes a real run: a worker, a scheduler and an API as processes of their own, with the configuration, the rules and
 * the expressions that operators get. Each expression must be readable, and give something, unless it is right that there is nothing.
 */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ROWS, VARIABLES } from '../../scripts/monitoring/panels.ts';
import { createClient } from '../../src/api-client/client.ts';
import { configOf, type Installation, install, writeConfig } from '../support/build-installation.ts';
import { startForewarm } from '../support/forewarm-process.ts';
import { type RunningPrometheus, startPrometheus } from '../support/prometheus.ts';
import { startCommand } from '../support/real-cli.ts';
import { freePort } from '../support/redis-server.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const ROLES = ['api', 'scheduler', 'worker'] as const;
const RULES = ['recording.yml', 'alerts.yml'];

/** What nothing was done for here, and why: expressions that ask for it give nothing, and rightly. */
const NOT_HERE: Readonly<Record<string, string>> = {
  forewarm_corrupt_entries_total: 'every entry can be read back',
  forewarm_lost_entries_total: 'the cache Redis has room',
  forewarm_open_breakers: 'no tier fails',
  forewarm_problems_total: 'nothing goes wrong unheard',
  forewarm_skipped_ticks_total: 'every tick runs',
  'forewarm:skipped_ticks:increase1h': 'every tick runs',
  'user="live"': 'no reader waits for an origin',
  forewarm_answers_total: 'no application reads through the library',
  forewarm_read_duration_seconds: 'no application reads through the library',
  forewarm_budget_pauses_total: 'the origin names no time to wait for',
  forewarm_budget_lowered_total: 'the origin bears what is configured',
  forewarm_evicted_entries_total: 'memory has room',
  forewarm_evicted_unread_entries_total: 'memory has room',
  'ending=~"abandoned|failed|lost"': 'no job ends so',
  forewarm_refusals_total: 'no guard refuses',
  forewarm_quota_left_calls: 'the origin says nothing of a quota',
  'absent(': 'there are processes, and one measures',
};

/** The configuration of the compose file, with these processes in place of its containers, and a fifth of a second for 15. */
function prometheusOf(ports: Readonly<Record<string, number>>): string {
  const config = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8'));
  const [job] = config.scrape_configs;
  const static_configs = Object.entries(ports).map(([role, port]) => ({
    targets: [`127.0.0.1:${port}`],
    labels: { __meta_dns_name: role },
  }));
  const { dns_sd_configs: _, ...rest } = job;
  const often = { scrape_interval: '200ms', evaluation_interval: '200ms', scrape_timeout: '200ms' };
  return stringify({ ...config, global: often, scrape_configs: [{ ...rest, static_configs }] });
}

/** Every expression that operators get; alerts without their bounds, so that they give something also when all is well. */
function expressions(): readonly string[] {
  const rules = RULES.flatMap((file) => {
    const { groups } = parse(readFileSync(`config/prometheus/${file}`, 'utf8')) as {
      groups: { rules: { expr: string }[] }[];
    };
    return groups.flatMap((group) =>
      group.rules.map(({ expr }) => expr.replace(/(?:>|<|==) (?=[\d.]|on \()/g, '>= bool ')),
    );
  });
  const panels = ROWS.flatMap((row) => row.panels.flatMap((panel) => panel.queries.map(({ expr }) => expr)));
  const variables = Object.entries(VARIABLES).map(([name, metric]) => `count by (${name}) (${metric})`);
  return [...rules, ...panels, ...variables].map((expr) =>
    expr.replaceAll('$__rate_interval', '1m').replace(/\$\w+/g, '.*'),
  );
}

async function configure(installation: Installation): Promise<string> {
  const base = configOf(installation);
  const request = { path: '/{market}' };
  return writeConfig(installation, {
    ...base,
    origins: { markets: { ...base.origins.markets, rate: '1000/s' } },
    temperatures: { hot: { ttl: '10s', grace: '1m', schedule: '* * * * * *' } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request, temperature: 'hot' } },
  });
}

/** The processes over one installation, each with its metrics at a port of these. Returns a client of the API. */
async function startRoles(config: string, ports: Readonly<Record<string, number>>) {
  const started = ROLES.map((role) => {
    const process = startForewarm(config, [role], { FOREWARM_HTTP__PORT: String(ports[role]) });
    onTestFinished(async () => void (await process.end('SIGKILL')));
    return process.event('started');
  });
  const [api] = await Promise.all(started);
  return createClient({ url: String(api?.apiUrl) });
}

async function readAndWarm(client: ReturnType<typeof createClient>): Promise<void> {
  const { id } = await client.createRun({ body: { selector: '', force: true } });
  for await (const _ of client.watchRun({ id }));
  await client.readEntries({ body: { keys: ['profile:1', 'profile:2', 'profile:9'] } });
}

/** Those that give nothing, and should. */
async function emptyOf(prometheus: RunningPrometheus, asked: readonly string[]): Promise<string[]> {
  const excused = Object.keys(NOT_HERE);
  const answers = await Promise.all(
    asked.map(async (expr) => ((await prometheus.query(expr)).length === 0 ? [expr] : [])),
  );
  return answers.flat().filter((expr) => !excused.some((name) => expr.includes(name)));
}

test('every expression of the rules and the dashboard gives something of a real run, or is rightly empty', async () => {
  const installation = await install({ aof: false });
  installation.origin.answer((response, asked) => json({ name: asked.url })(response, asked));
  const config = await configure(installation);
  // The service is measured when a role starts, and then every 15 seconds: there should be something by then.
  expect(await startCommand(config, ['warm']).ended).toMatchObject({ code: 0 });
  const ports = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await freePort()])));
  const files = Object.fromEntries(
    RULES.map((file) => [file, readFileSync(`config/prometheus/${file}`, 'utf8')]),
  );
  // Prometheus looks for targets every five seconds, so it begins at once.
  const [prometheus, client] = await Promise.all([
    startPrometheus(prometheusOf(ports), files),
    startRoles(config, ports),
  ]);
  await until(
    'what is told of a run',
    async () => {
      await readAndWarm(client);
      return emptyOf(prometheus, expressions());
    },
    (empty) => empty.length === 0,
  );
  const planted = 'sum(rate(forewarm_gone_total[5m]))';
  expect(await emptyOf(prometheus, [planted])).toEqual([planted]);
  await expect(emptyOf(prometheus, ['sum by (source rate(forewarm_reads_total)'])).rejects.toThrow(
    'parse error',
  );
  // A scrape of a busy machine may be late once.
  const up = await prometheus.query('max_over_time(up{job="forewarm"}[1m])');
  expect(up.map(({ metric, value: [, is] }) => [metric.service, is]).toSorted()).toEqual(
    ROLES.map((role) => [role, '1']),
  );
  const { groups } = (await prometheus.ask('/api/v1/rules')) as {
    groups: { rules: { name: string; health: string; lastError?: string; state?: string }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
  // A schedule of every second may miss one on a busy machine.
  const firing = rules.filter(({ name, state }) => state === 'firing' && name !== 'ForewarmTicksSkipped');
  expect(firing).toEqual([]);
});
