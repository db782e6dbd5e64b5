import { expect, test } from 'vitest';
import type { LedgerState } from '../../../src/budget/ledger.ts';
import { windowUse } from '../../../src/budget/window-use.ts';
import type { Run } from '../../../src/catalog/runs/runs.ts';
import { DAY_MS } from '../../../src/core/units.ts';
import { chunkJob } from '../../../src/jobs/run-jobs.ts';
import { originWaits, waitsOf } from '../../../src/verbs/runs/run-waits.ts';
import { install, start } from '../../support/build-installation.ts';
import { buildLiveJobs } from '../../support/build-jobs.ts';
import { connectRedis } from '../../support/redis.ts';
import { json, status } from '../../support/scripted-server.ts';
import { warm } from '../../support/system.ts';
import { until } from '../../support/waiting.ts';

test('a run that nobody works on says so, shown and followed', async () => {
  const app = await start(await install({ aof: true }));
  const id = await warm(app);
  const worker = { for: 'worker', reason: expect.stringContaining('no worker is running') };
  expect((await app.verbs.run(id)).waits).toMatchObject([worker]);
  const other = await warm(app);
  await app.verbs.stopRun(other);
  const { runs } = await app.verbs.runs();
  expect(runs).toMatchObject([
    { id: other, waits: [] },
    { id, waits: [worker] },
  ]);
  const left = new AbortController();
  const seen: unknown[] = [];
  for await (const run of app.verbs.watchRun(id, left.signal)) {
    seen.push(run.waits);
    if (run.waits.length > 0) left.abort();
  }
  expect(seen).toMatchObject([[], [worker]]);
  expect((await app.verbs.stopRun(id)).waits).toEqual([]);
});

test('a run whose origin is paused says which, until when, why and by whom', async () => {
  const installation = await install({ aof: true });
  installation.origin.answer(status(429, { 'retry-after': '600' }));
  const app = await start(installation, ['worker']);
  const id = await warm(app);
  const waits = async () => (await app.verbs.run(id)).waits;
  const [wait] = await until('the pause', waits, (all) => all.length > 0);
  expect(wait).toMatchObject({
    ...{ for: 'origin', origin: 'markets', reason: expect.stringContaining('429') },
    by: expect.stringMatching(new RegExp(`^worker ${process.pid} on `)),
  });
  expect(wait?.until).toBeGreaterThan(Date.now() + 500_000);
  const [origin] = (await app.verbs.stats()).origins;
  // Another call that was under way may have lengthened the pause meanwhile.
  expect(origin).toMatchObject({ pauseReason: expect.stringContaining('429'), pausedBy: wait?.by });
});

test.each([
  ['x-ratelimit', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '600' }],
  ['ratelimit', { ratelimit: '"hour";r=0;t=600' }],
])('a run whose origin says by %s that nothing is left says which, and until when', async (_, headers) => {
  const installation = await install({ aof: true });
  installation.origin.answer(json({ price: 1 }, headers));
  const markets = { kind: 'http', url: installation.origin.url, concurrency: 1 };
  const app = await start(installation, ['worker'], { origins: { markets } });
  const id = await warm(app);
  const waits = async () => (await app.verbs.run(id)).waits;
  const [wait] = await until('the quota', waits, (all) => all.some(({ for: kind }) => kind === 'quota'));
  expect(wait).toMatchObject({ for: 'quota', origin: 'markets', by: null });
  expect(wait?.until).toBeGreaterThan(Date.now() + 500_000);
});

test('a run that has jobs in a lane whose origin is not configured says in which, and how many', async () => {
  const { queue, ...jobs } = buildLiveJobs();
  const jobOf = (id: string, lane: string) => ({ ...chunkJob(id, 0, undefined), lane });
  await queue.add([jobOf('r1', 'old'), { ...jobOf('r1', 'old'), id: 'warm-r1-2' }, jobOf('r2', 'markets')]);
  const running = { state: 'running', selector: '', chunks: 3 } as Run;
  const runs = [
    { ...running, id: 'r1' },
    { ...running, id: 'r2' },
    { ...running, id: 'r3', chunks: 1_000 },
  ];
  const waits = await waitsOf({ ...jobs, queue }, runs);
  const reason = expect.stringMatching(/^2 jobs in lane old, whose origin is not configured here; /);
  const lanes = waits.map((all) => all.filter(({ for: kind }) => kind === 'lane'));
  expect(lanes).toEqual([[{ for: 'lane', origin: 'old', until: null, reason, by: null }], [], []]);
});

test('a run that was there and is gone says what has happened', async () => {
  const installation = await install({ aof: true });
  const app = await start(installation);
  const id = await warm(app);
  const views = app.verbs.watchRun(id, new AbortController().signal)[Symbol.asyncIterator]();
  await views.next();
  await installation.server.kill();
  await installation.server.start();
  const redis = connectRedis(installation.server.url);
  await redis.flushall();
  redis.disconnect();
  const end = async () => {
    for (;;) if ((await views.next()).done === true) return;
  };
  await expect(end()).rejects.toMatchObject({
    code: 'E_NOT_FOUND',
    message: expect.stringContaining('was emptied'),
  });
});

test('a run whose origin has a configured window used up says which, with what is kept, and until when', () => {
  const now = 1_000_000;
  const budget = {
    concurrency: 4,
    rate: { calls: 20, perMs: 1_000 },
    windows: [{ calls: 300, perMs: DAY_MS }],
  };
  const used = (calls: number) =>
    windowUse(budget, [
      { perMs: DAY_MS, calls: 200, until: now + 60_000 },
      { perMs: DAY_MS, calls: calls - 200, until: now + 30_000 },
    ]);
  const state = (calls: number) =>
    ({
      ...{ origin: 'markets', pausedUntil: 0, inFlight: 0, quota: undefined },
      ...{ limits: { concurrency: 4, intervalMs: 50 }, windows: used(calls) },
    }) as unknown as LedgerState;
  expect(originWaits(state(239), [], now)).toEqual([]);
  const reason =
    'its window of 300/d is used up, with 240 of 300 calls; the other 60 are kept for reads that wait';
  expect(originWaits(state(240), [], now)).toEqual([
    { for: 'budget', origin: 'markets', until: now + 30_000, reason, by: null },
  ]);
});
