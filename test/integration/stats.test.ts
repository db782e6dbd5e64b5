import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import type { StatisticsView } from '../../src/verbs/metrics-view.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { type StatsView, statsView } from '../../src/verbs/statistics-view.ts';
import { install, start } from '../support/build-installation.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const NONE = { hits: 0, stale: 0, absent: 0, misses: 0, errors: 0 };

async function statsOf(app: App): Promise<StatsView> {
  return statsView.parse(await (await fetch(`${app.apiUrl}/v1/stats`)).json());
}

async function read(app: App, key: string): Promise<number> {
  const answer = await fetch(`${app.apiUrl}/v1/entries/${key}`);
  await answer.arrayBuffer();
  return answer.status;
}

function readsOf(view: Pick<StatisticsView, 'reads'> | null | undefined) {
  return Object.fromEntries(
    (view?.reads ?? []).map(({ tier, source, ...ends }) => [`${tier} ${source}`, ends]),
  );
}

const callsOf = (view: StatisticsView | null | undefined, tier: string, verb: string) =>
  view?.calls.find((row) => row.tier === tier && row.verb === verb);

test('statistics count every read of every process, by tier and source, to the last one', async () => {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ name: 'One' }));
  const worker = await start(installation, ['worker']);
  const { run } = await worker.verbs.warm(warmRequest.parse({}), 'cli');
  await until(
    'the end',
    () => worker.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
  const one = await start(installation, ['api']);
  const other = await start(installation, ['api']);
  const read1 = () => read(one, 'profile:1');

  // From Redis the first time, out of memory from then on; what is nowhere is asked of every tier.
  expect([await read1(), await read1(), await read1(), await read(one, 'profile:none')]).toEqual([
    200, 200, 200, 404,
  ]);
  const firstReads = {
    'memory profile': { ...NONE, hits: 2, misses: 2 },
    'redis profile': { ...NONE, hits: 1, misses: 1 },
    'disk profile': { ...NONE, misses: 1 },
    'stack profile': { ...NONE, hits: 3, misses: 1 },
  };
  expect(
    readsOf((await statsOf(one)).processes.find(({ statistics }) => statistics?.reads.length)?.statistics),
  ).toEqual(firstReads);
  for (let i = 0; i < 3; i += 1) await read(other, 'profile:2');

  // Other processes are seen as they last said, each a few seconds ago.
  const told = ({ statistics: { reads, origins }, tiers: all }: StatsView) =>
    reads.some(({ tier, hits }) => tier === 'stack' && hits === 6) &&
    origins.some(({ ok }) => ok === 2) &&
    all.some(({ tier, entries }) => tier === 'memory' && entries === 2);
  const { statistics, processes, tiers } = await until('the sum', () => statsOf(one), told);
  expect(readsOf(statistics)).toEqual({
    'memory profile': { ...NONE, hits: 4, misses: 3 },
    'redis profile': { ...NONE, hits: 2, misses: 1 },
    'disk profile': { ...NONE, misses: 1 },
    'stack profile': { ...NONE, hits: 6, misses: 1 },
  });
  const apis = processes.filter(({ roles }) => roles.includes('api')).map((each) => readsOf(each.statistics));
  expect(apis).toHaveLength(2);
  expect(apis).toContainEqual(firstReads);
  expect(callsOf(statistics, 'memory', 'get')).toMatchObject({
    calls: 7,
    failed: 0,
    keys: 7,
    p50: expect.any(Number),
  });
  const memory = tiers.find(({ tier }) => tier === 'memory');
  expect(memory).toMatchObject({ entries: 2, error: null });
  expect(statistics.origins).toMatchObject([
    { origin: 'markets', source: 'profile', ok: 2, retryable: 0, keys: 2, p99: expect.any(Number) },
  ]);
});

test('statistics tell what coding makes of bodies, and what memory lets go, read or not', async () => {
  const installation = await install({ aof: false });
  const markets = [1, 2, 3, 4, 5, 6];
  await writeFile(installation.csv, `market,name\n${markets.map((id) => `${id},M${id}`).join('\n')}\n`);
  const body = JSON.stringify({ name: 'x'.repeat(9_000) });
  installation.origin.answer(json(JSON.parse(body)));
  const tiers = { memory: { maxSize: '40KB' }, disk: { path: join(installation.folder, 'cache.db') } };
  const worker = await start(installation, ['worker'], { tiers });
  const { run } = await worker.verbs.warm(warmRequest.parse({}), 'cli');
  await until(
    'the end',
    () => worker.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
  const api = await start(installation, ['api'], { tiers });
  // What memory holds is read there the second time only: the first of the markets, which is also the first to go.
  for (const market of [1, ...markets]) await read(api, `profile:${market}`);
  const evicted = ({ statistics: { evictions } }: StatsView) => evictions[0]?.keys ?? 0;
  const seen = await statsOf(api);
  const held = seen.tiers.find(({ tier }) => tier === 'memory')?.entries ?? 0;
  expect(held).toBeGreaterThan(0);
  expect(evicted(seen)).toBe(markets.length - held);
  expect(seen.statistics.evictions).toEqual([
    { tier: 'memory', keys: evicted(seen), unread: evicted(seen) - 1 },
  ]);

  // The worker is seen as it last said.
  const coded = ({ statistics: { coding } }: StatsView) => coding.find(({ tier }) => tier === 'redis')?.plain;
  const { statistics } = await until(
    'the coding',
    () => statsOf(api),
    (view) => coded(view) === markets.length * body.length,
  );
  for (const tier of ['redis', 'disk']) {
    const row = statistics.coding.find((each) => each.tier === tier);
    expect(row).toMatchObject({ source: 'profile', plain: markets.length * body.length });
    expect(row?.ratio).toBeCloseTo((row?.plain ?? 0) / (row?.stored ?? 1), 6);
    expect(row?.ratio).toBeGreaterThan(50);
  }
});
