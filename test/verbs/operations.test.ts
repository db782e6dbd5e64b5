import { describe, expect, test } from 'vitest';
import { coverageReport, deadLetterPage, gcReport, statsView } from '../../src/verbs/verbs.ts';
import { type AnyJobs, current, startWorkers } from '../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { tombstoneOf } from '../support/entries.ts';
import { bodyOf, failing } from '../support/scripted-origin.ts';
import { GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { loseAll, NEVER, warm } from '../warming/warm.steps.ts';
import { verbsOf } from './verbs.steps.ts';

const QUOTE = sourceWith({ name: 'quote', temperature: 'hot' });

describe('check', () => {
  async function checked(jobs: Jobs, selector = '', samples = 2) {
    return coverageReport.parse(await verbsOf(jobs).check(selector, samples));
  }

  test('of a warm cache covers everything in each tier', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(10) });
    const report = await checked(jobs, 'source=profile');
    const full = {
      total: 10,
      fresh: 10,
      due: 0,
      stale: 0,
      missing: 0,
      missingSamples: [],
      error: null,
      bytes: 120,
    };
    expect(report).toEqual({
      ...{ selector: 'source=profile', total: 10, reasons: [] },
      tiers: ['memory', 'redis', 'disk'].map((tier) => ({ tier, ...full })),
      sources: [{ source: 'profile', total: 10, warm: 10 }],
    });
  });

  test('tells fresh, due, stale and missing apart, tier by tier, with samples of what is missing', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(6) } });
    await warm(jobs, { keys: ['profile:m0'] });
    await jobs.clock.advance(20_000);
    await warm(jobs, { keys: ['profile:m1'] });
    await jobs.clock.advance(TTL - 20_000);
    await warm(jobs, { keys: ['profile:m2'] });
    const dropped = tombstoneOf('profile:m3', jobs.clock.now() * 1_000);
    await jobs.disk.putMany([{ kind: 'put', entry: dropped }], NEVER);
    const { tiers, sources } = await checked(jobs);
    expect(tiers.find(({ tier }) => tier === 'disk')).toEqual({
      ...{ tier: 'disk', total: 6, stale: 1, due: 1, fresh: 1, missing: 3, error: null },
      ...{ bytes: 36, missingSamples: ['profile:m3', 'profile:m4'] },
    });
    expect(sources).toEqual([{ source: 'profile', total: 6, warm: 2 }]);
    await jobs.clock.advance(TTL + GRACE);
    expect((await checked(jobs)).tiers[2]).toMatchObject({ missing: 6, bytes: 0 });
  });

  test('counts a key as warm that one tier has, and tells of a tier that does not answer', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(10) });
    jobs.shared.chaos.down = true;
    const { tiers, sources } = await checked(jobs);
    expect(tiers[1]).toMatchObject({ tier: 'redis', missing: 10, error: 'chaos: down' });
    expect(sources).toEqual([{ source: 'profile', total: 10, warm: 10 }]);
  });

  test('says why keys are not warm, the most frequent reason first', async () => {
    const jobs = buildJobs();
    await jobs.catalog.track('profile', keysOf(6), 0);
    jobs.origin.answerEach(() => bodyOf('{}'));
    await warm(jobs, { keys: keysOf(3) });
    jobs.origin.answer(failing('permanent', 'no such market'));
    await warm(jobs, { keys: ['profile:m3'] });
    expect((await checked(jobs)).reasons).toEqual([
      { reason: 'never warmed', keys: 4 },
      { reason: 'refused: the body is empty: {}', keys: 3 },
      { reason: 'waits to be fetched', keys: 2 },
      { reason: 'failed: no such market', keys: 1 },
    ]);
  });

  test('of several sources adds them up, and of none is nothing', async () => {
    const jobs = buildJobs({ sources: [QUOTE, sourceWith()] });
    await warm(jobs, { source: 'quote', keys: keysOf(2, 'quote') });
    const report = await checked(jobs);
    expect(report).toMatchObject({ total: 20, sources: [{ source: 'quote', warm: 2 }, { warm: 0 }] });
    expect(await checked(jobs, 'prefix=nothing')).toMatchObject({ total: 0, sources: [], reasons: [] });
  });

  test('asks no origin', async () => {
    const jobs = buildJobs();
    await checked(jobs);
    expect(jobs.origin.calls).toEqual([]);
  });
});

describe('stats', () => {
  test('shows processes, tiers, sources, origins and lanes as they are', async () => {
    const budget = { rate: { calls: 50, perMs: 1_000 }, concurrency: 3 };
    const jobs = buildLiveJobs({ budget });
    const { clock, registry, catalog, ledger, queue } = jobs;
    const now = clock.now();
    const beat = { id: 'p1', roles: ['worker'], host: 'h', pid: 7, startedAt: now, seenAt: now };
    await registry.beat({ ...beat, memory: undefined, statistics: undefined });
    await catalog.track('profile', keysOf(10), now + 600_000);
    await warm(jobs, { keys: keysOf(3) });
    await ledger.pause('markets', now + 60_000, '429');
    await queue.add([
      { id: 'j1', lane: 'markets', kind: 'refresh', payload: {}, priority: 1, delayMs: 0 },
      { id: 'j2', lane: 'control', kind: 'gc', payload: {}, priority: 1, delayMs: 60_000 },
    ]);
    jobs.disk.chaos.down = true;
    const seen = statsView.parse(await verbsOf(jobs).stats());
    expect(seen.processes).toEqual([{ ...beat, memory: null, statistics: null }]);
    expect(seen.tiers).toEqual([
      { tier: 'memory', entries: 3, bytes: expect.any(Number), error: null },
      { tier: 'redis', entries: expect.any(Number), bytes: expect.any(Number), error: null },
      { tier: 'disk', entries: 0, bytes: 0, error: 'chaos: down' },
    ]);
    expect(seen.sources).toMatchObject([
      { source: 'profile', temperature: 'warm', keys: 10, due: 0, failing: 0, outcomes: { warmed: 3 } },
    ]);
    expect(seen.origins).toMatchObject([
      { origin: 'markets', pausedUntil: now + 60_000, pauseReason: '429', rate: '50/s', concurrency: 3 },
    ]);
    expect(seen.lanes).toEqual([
      { lane: 'control', waiting: 0, delayed: 1, active: 0, failed: 0 },
      { lane: 'markets', waiting: 1, delayed: 0, active: 0, failed: 0 },
    ]);
  });

  test('of an origin that is not paused and has no rate say so', async () => {
    const { origins } = await verbsOf(buildJobs()).stats();
    expect(origins).toMatchObject([{ pausedUntil: null, pauseReason: null, rate: null, inFlight: 0 }]);
  });
});

test('gc collects what is gone', async () => {
  const jobs = buildJobs();
  await warm(jobs, { keys: keysOf(4) });
  await jobs.clock.advance(TTL + GRACE);
  expect(gcReport.parse(await verbsOf(jobs).gc())).toMatchObject({ removed: 8, orphans: 0, runs: 0 });
});

describe('dead letters', () => {
  const lost = (key: string, at: number) =>
    ({ source: 'profile', key, run: undefined, reason: 'gone wrong', at, attempts: 3 }) as const;

  /** Two dead keys, and a job that failed on the lane of the origin. */
  async function dead(options: JobsOptions = {}): Promise<AnyJobs> {
    const jobs = buildLiveJobs({ attempts: 1, ...options });
    await jobs.deadLetters.add([lost('profile:m0', 1_000), lost('profile:"odd", one', 2_000)]);
    const failed = jobs.queue.consume('markets', 1, async () => ({
      kind: 'abandoned',
      reason: 'no such kind',
    }));
    await failed.start();
    await jobs.queue.add([
      { id: 'j1', lane: 'markets', kind: 'unknown', payload: {}, priority: 1, delayMs: 0 },
    ]);
    await until(
      'the failure',
      () => jobs.queue.counts('markets'),
      (counts) => counts.failed === 1,
    );
    await failed.stop(jobs.clock.now() + 500);
    return jobs;
  }

  test('lists keys and jobs together, newest first, with what they were', async () => {
    const jobs = await dead();
    const page = deadLetterPage.parse(await verbsOf(jobs).deadLetters(10));
    expect(page.total).toBe(3);
    expect(page.letters).toMatchObject([
      { kind: 'job', id: 'markets/j1', subject: 'unknown', reason: 'no such kind', source: null },
      { kind: 'key', subject: 'profile:"odd", one', source: 'profile', reason: 'gone wrong', at: 2_000 },
      { kind: 'key', subject: 'profile:m0', attempts: 3 },
    ]);
    expect((await verbsOf(jobs).deadLetters(1)).letters).toHaveLength(1);
  });

  test('redriven all, their keys become a run and their jobs go back to their lane', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    await jobs.deadLetters.take((await jobs.deadLetters.list(1)).map(({ id }) => id));
    expect(await verbs.redrive([])).toBe(2);
    expect((await verbs.deadLetters(10)).total).toBe(0);
    expect((await jobs.queue.counts('markets')).waiting).toBe(1);
    const [run] = (await verbs.runs(10, undefined)).runs;
    expect(run?.selector).toBe('key=profile:m0');
    await startWorkers(jobs);
    const ended = ({ state }: { state: string }) => state === 'ended';
    expect(await until('the run', () => current(jobs, run?.id ?? ''), ended)).toMatchObject({
      counts: { warmed: 1 },
    });
  });

  test('redriven one by one leave the others', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    const { letters } = await verbs.deadLetters(10);
    expect(await verbs.redrive([letters[2]?.id ?? '', 'unknown', 'markets/unknown'])).toBe(1);
    expect((await verbs.deadLetters(10)).letters.map(({ subject }) => subject)).toEqual([
      'unknown',
      'profile:"odd", one',
    ]);
  });

  test('of keys that fit no source any more stay where they are', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    await jobs.deadLetters.add([lost('summary:m0', 3_000)]);
    const ids = (await jobs.deadLetters.list(10)).map(({ id }) => id);
    expect(await verbs.redrive(ids)).toBe(1);
    const left = (await jobs.deadLetters.list(10)).map(({ key, at, attempts }) => ({ key, at, attempts }));
    expect(left).toContainEqual({ key: 'summary:m0', at: 3_000, attempts: 3 });
  });

  test('are not lost when their keys cannot be queued', async () => {
    const jobs = await dead();
    const { id = '' } = (await jobs.deadLetters.list(10)).find(({ key }) => key === 'profile:m0') ?? {};
    const verbs = verbsOf({
      ...jobs,
      queue: new Proxy(jobs.queue, {
        get: (target, name) =>
          name === 'add' ? () => Promise.reject(new Error('the queue is away')) : Reflect.get(target, name),
      }),
    });
    await expect(verbs.redrive([id])).rejects.toThrow('the queue is away');
    expect((await jobs.deadLetters.list(10)).map(({ key }) => key)).toContain('profile:m0');
  });
});

test('check tells a cache that lost everything from one that is warm', async () => {
  const jobs = buildJobs();
  await warm(jobs, { keys: keysOf(10) });
  await loseAll(jobs);
  expect((await verbsOf(jobs).check('', 0)).sources).toEqual([{ source: 'profile', total: 10, warm: 0 }]);
});
