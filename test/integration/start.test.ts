import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CoverageReport } from '../../src/verbs/coverage-shapes.ts';
import type { EntryPage } from '../../src/verbs/entry-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { ApiClient } from '../support/api-client.ts';
import type { Forewarm } from '../support/forewarm-process.ts';
import { lateness } from '../support/lateness.ts';
import { startMarkets } from '../support/markets.ts';
import { createSystem, sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

async function setup(markets: number, more: object = {}) {
  const origin = await startMarkets();
  onTestFinished(() => origin.stop());
  const config = {
    redis: { jobs: 'embedded' },
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: sourcesOf('markets', 'warm', ['profile', 'summary', 'quote']),
    ...more,
  };
  const system = await createSystem({ markets, config });
  onTestFinished(() => system.close());
  return { origin, system };
}

/** What `up --warm` says when the warming is over. */
async function warmed(process: Forewarm): Promise<{ run: RunView; tiers: Record<string, number> }> {
  // The shapes of the event are those of `commands/up.ts`.
  const { run, coverage } = (await process.event('warmed')) as unknown as {
    readonly run: RunView;
    readonly coverage: CoverageReport;
  };
  return { run, tiers: Object.fromEntries(coverage.tiers.map(({ tier, fresh }) => [tier, fresh])) };
}

/** Command lines of all processes that have to do with a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'command=']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}

describe('forewarm up --warm', () => {
  it('warms every tier, stops without a trace, and finds everything warm when it starts again', async () => {
    const { origin, system } = await setup(50);
    const everywhere = { memory: 150, redis: 150, disk: 150 };
    const first = await system.start('up', '--warm');
    const cold = await warmed(first);
    expect(cold.run.counts).toMatchObject({ warmed: 150 });
    expect(cold.tiers).toEqual(everywhere);
    expect((await origin.counters()).calls).toBe(150);
    expect(await processesOf(system.folder)).not.toEqual([]);

    const [asked, late] = [performance.now(), lateness()];
    expect(await first.end('SIGINT')).toBe(0);
    expect(performance.now() - asked - late()).toBeLessThan(5_000);
    expect(first.said.at(-1)).toMatchObject({ event: 'summary', exitCode: 0, signal: 'SIGINT' });
    expect(await processesOf(system.folder)).toEqual([]);

    await origin.resetCounters();
    const second = await system.start('up', '--warm');
    const warm = await warmed(second);
    expect(warm.run.counts).toMatchObject({ 'already-warm': 150 });
    expect(warm.tiers).toEqual(everywhere);
    expect((await origin.counters()).calls).toBe(0);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('refreshes ahead by schedule, so that no value goes stale', async () => {
    const hot = { ttl: '6s', refreshAhead: '30%', schedule: '* * * * * *' };
    const { origin, system } = await setup(20, {
      temperatures: { hot },
      sources: sourcesOf('markets', 'hot', ['quote']),
    });
    const process = await system.start('up', '--warm');
    await warmed(process);
    const api = ApiClient.of(process);
    const seen = new Set<string>();
    const callsPerKey = async () => {
      const { entries } = await api.json<EntryPage>('GET', '/v1/entries?selector=source%3Dquote');
      expect(entries).toHaveLength(20);
      for (const { freshness } of entries) seen.add(`${freshness}`);
      return Object.values((await origin.counters({ keys: true })).callsPerKey ?? {});
    };
    // Three calls for each key: the first warming and two refreshes, while each value is fresh for six seconds only.
    await until('two refreshes of each key', callsPerKey, (calls) => Math.min(...calls) >= 3);
    expect([...seen].filter((freshness) => freshness !== 'fresh' && freshness !== 'due')).toEqual([]);
    expect((await origin.counters()).notModified).toBeGreaterThanOrEqual(0);
    expect(await process.end('SIGINT')).toBe(0);
  });
});
