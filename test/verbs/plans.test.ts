/** Plans of the product: by the same choice as a run, by what calls took, and in part while something is away. */
import { describe, expect, test } from 'vitest';
import { byUser } from '../../src/budget/call-counter.ts';
import { countedApart, type LedgerState } from '../../src/budget/ledger.ts';
import { type Budget, intervalOf } from '../../src/core/budget.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import type { Schedule } from '../../src/schedules/fire.ts';
import type { PlanRequest } from '../../src/verbs/plans/plan-request.ts';
import { HistoryReporter } from '../../src/warming/history-reporter.ts';
import { current, doJob } from '../jobs/run.steps.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { drive } from '../support/fake-clock.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { NIGHTLY, planner } from './plans.steps.ts';
import { request, verbsOf } from './verbs.steps.ts';

const HOUR = 3_600_000;

async function work(jobs: Jobs, change: Parameters<typeof request>[0]) {
  const { run } = await verbsOf(jobs).warm(request(change), 'api');
  await jobs.planner.plan(run.id, NEVER);
  const { chunks } = await current(jobs, run.id);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk, attempt: 1 }));
  }
  return current(jobs, run.id);
}

/** Of ten keys: fresh, due, stale, gone, absent, in quarantine, and never seen. */
async function mixed(): Promise<Jobs> {
  const jobs = buildJobs();
  jobs.origin.answerEach(({ key }) => (key === 'profile:m4' ? { kind: 'absent' } : bodyOf(`"${key}"`)));
  await warm(jobs, { keys: ['profile:m3'] });
  await jobs.clock.advance(TTL + GRACE);
  await warm(jobs, { keys: ['profile:m2'] });
  await jobs.clock.advance(TTL);
  await warm(jobs, { keys: ['profile:m1'] });
  await jobs.clock.advance(TTL * 0.9);
  await warm(jobs, { keys: ['profile:m0', 'profile:m4'] });
  for (let n = 10; n > 0; n -= 1) {
    const failure = { outcome: 'failed', reason: 'no', at: jobs.clock.now() - n } as const;
    await jobs.catalog.track('profile', ['profile:m5'], jobs.clock.now());
    await jobs.catalog.settle('profile', [{ key: 'profile:m5', dueAt: jobs.clock.now(), failure }]);
  }
  // What was fetched within the ms in which a run is made counts as its own doing.
  await jobs.clock.advance(1_000);
  return jobs;
}

describe('a plan', () => {
  test.each([{}, { missing: true }, { force: true }, { limit: 3 }])(
    'of %j is what the run does',
    async (options) => {
      const jobs = await mixed();
      const { keys } = await planner(jobs)(options);
      const asked = jobs.origin.calls.length;
      const run = await work(jobs, options);
      const { counts } = run;
      const done = (name: keyof typeof counts) => counts[name] ?? 0;
      expect(keys.total).toBe(run.total);
      expect(keys.excluded).toBe(done('excluded'));
      expect(keys.fetch).toBe(new Set(jobs.origin.asked.slice(asked)).size);
      expect(keys.fetch + keys.alreadyWarm + keys.excluded).toBe(keys.total);
    },
  );

  test('is made of what calls took, and has none of it before', async () => {
    const source = sourceWith({ keysPerCall: 4 });
    const jobs = buildJobs({ sources: [source], entities: { markets: marketsCsv(30) } });
    const plan = planner(jobs);
    expect(await plan()).toMatchObject({ likely: null, bytes: null, sources: [{ seen: null }] });
    // Eight calls of five seconds at most, at a time.
    expect((await plan({ by: '4s' })).verdict).toBe('unknown');
    expect((await plan({ by: '1h' })).verdict).toBe('likely');
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(10) });
    await reporter.flush();
    const report = await plan();
    expect(report.keys).toMatchObject({ total: 30, fetch: 20 });
    // Of the first chunk of twenty keys ten are warm: three calls, and three for the other chunk.
    expect(report.calls).toEqual({ low: 6, likely: 6, high: 6 });
    expect(report.bytes?.likely).toBeGreaterThan(200);
    expect(report.bytes?.likely).toBeLessThan(280);
    expect(report.sources[0]?.seen).toMatchObject({ calls: 3, hours: 1 });
    expect(report.likely?.likely).toBeGreaterThanOrEqual(report.shortestNow);
  });

  test('takes whole bodies for keys of which nothing is stored, and for the others what came of those', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(20) } });
    const reporter = new HistoryReporter(jobs);
    // Half of what is known has changed.
    jobs.origin.answerEach(({ key, known }) =>
      known !== undefined && Number(key.replace(/\D/g, '')) % 2 === 0
        ? { kind: 'unchanged' }
        : bodyOf(`"${'x'.repeat(98)}"`, { etag: '"1"' }),
    );
    await warm(jobs, { keys: keysOf(10) });
    await warm(jobs, { keys: keysOf(10), options: { reason: 'force' } });
    await reporter.flush();
    const plan = planner(jobs);
    expect((await plan({})).bytes).toMatchObject({ likely: 10 * 100 });
    expect((await plan({ force: true })).bytes).toMatchObject({ likely: 10 * 100 + 10 * 50 });
    expect((await plan({ force: true, limit: 10 })).bytes).toMatchObject({ likely: 10 * 50 });
  });

  test('leaves room for the tries of keys that failed, and counts no call for those in quarantine', async () => {
    const jobs = await mixed();
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: ['profile:m0'], options: { reason: 'force' } });
    await reporter.flush();
    const plan = planner(jobs);
    const before = await plan({});
    expect(before).toMatchObject({ failing: 0, keys: { excluded: 1 } });
    expect(before.notes).toEqual(['1 key in quarantine is left alone']);
    expect(before.calls.likely).toBe(before.keys.fetch);
    const failure = { outcome: 'failed', reason: 'no', at: jobs.clock.now() } as const;
    await jobs.catalog.track('profile', ['profile:m6'], jobs.clock.now());
    await jobs.catalog.settle('profile', [{ key: 'profile:m6', dueAt: jobs.clock.now(), failure }]);
    const after = await plan({});
    expect(after.failing).toBe(1);
    // Three tries, with waits of up to two and four seconds.
    expect((after.likely?.high ?? 0) - (before.likely?.high ?? 0)).toBeGreaterThan(4_000);
    expect(after.shortest).toBe(before.shortest);
  });

  test('of a schedule is of its next tick: what is fresh until then, by its deadline, with what runs beside it', async () => {
    const jobs = buildJobs();
    const other: Schedule = {
      ...{ name: 'warm', rule: { cron: '*/10 * * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
      action: { kind: 'refresh', temperature: 'warm' },
    };
    const report = await planner(jobs, { schedules: [NIGHTLY, other] })({ schedule: 'nightly' });
    expect(new Date(report.startsAt).toISOString().slice(11, 16)).toBe('02:00');
    expect(report).toMatchObject({ by: report.startsAt + 2 * HOUR, schedule: 'nightly' });
    expect(report.alongside).toMatchObject([{ kind: 'schedule', name: 'warm', origins: ['markets'] }]);
    const often: Schedule = { ...other, rule: { cron: '* * * * * *', timezone: 'UTC' } };
    const beside = await planner(jobs, { schedules: [NIGHTLY, often] })({ schedule: 'nightly' });
    expect(beside.alongside[0]?.times).toBeLessThanOrEqual(10);
    const { run } = await verbsOf(jobs).warm(request({}), 'api');
    const now = await planner(jobs)({});
    expect(now.alongside).toContainEqual(expect.objectContaining({ kind: 'run', name: run.id }));
  });

  test('of a tick names runs that may go on then, and none that ends long before', async () => {
    const jobs = buildJobs();
    const { run } = await verbsOf(jobs).warm(request({}), 'api');
    const beside = async (pending: number) => {
      const now = jobs.clock.now();
      const goesOn = { ...(await current(jobs, run.id)), startedAt: now - 60_000, total: 100, pending };
      const runs = {
        active: async () => [goesOn],
        list: async () => ({ runs: [], cursor: undefined }),
        chunk: async () => undefined,
      };
      const report = await planner(jobs, { runs })({ schedule: 'nightly' });
      return report.alongside.filter(({ kind }) => kind === 'run').length;
    };
    // A minute for half of it; and none of it is done.
    expect(await beside(50)).toBe(0);
    expect(await beside(100)).toBe(1);
  });

  /** A call each ten seconds, one at a time. */
  const paced = (jobs: Jobs) => ({
    budgets: new Map([['markets', { concurrency: 1, rate: { calls: 1, perMs: 10_000 } }]]),
    ledger: {
      state: async () => ({
        ...{ ...stateOf(jobs.clock.now()), pausedUntil: 0, used: [] },
        limits: { concurrency: 1, intervalMs: 10_000 },
      }),
    },
  });

  test('adds what is left of a run on the same origin, by its keys and the calls that a key took', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(40) } });
    const reporter = new HistoryReporter(jobs);
    await drive(jobs.clock, warm(jobs, { keys: keysOf(2) }));
    await reporter.flush();
    const plan = planner(jobs, paced(jobs));
    const alone = await plan({ force: true, limit: 4 });
    const { run } = await verbsOf(jobs).warm(request({ force: true }), 'api');
    // Until its manifest is there, nobody knows.
    expect((await plan({ force: true, limit: 4, by: '100h' })).alongside).toMatchObject([{ calls: null }]);
    await jobs.planner.plan(run.id, NEVER);
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk: 0, attempt: 1 }));
    const left = 36;
    const beside = await plan({ force: true, limit: 4, by: '100h' });
    expect(beside.alongside).toMatchObject([{ kind: 'run', calls: { low: 0, likely: left, high: left } }]);
    expect((beside.likely?.likely ?? 0) - (alone.likely?.likely ?? 0)).toBeGreaterThan((left - 1) * 10_000);
    expect(beside.shortest).toBe(alone.shortest);
    expect(beside.verdict).toBe('fits');
  });

  test('adds what the last run of a schedule took that fires meanwhile, as often as it fires', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    const done = await work(jobs, { force: true });
    await reporter.flush();
    const minutely: Schedule = { ...NIGHTLY, name: 'minutely', rule: { cron: '* * * * *', timezone: 'UTC' } };
    const registry = {
      processes: async () => [],
      ticks: async () => [{ schedule: 'minutely', nominal: 1, run: done.id }],
    };
    const budget = paced(jobs);
    const plan = planner(jobs, { schedules: [minutely], registry, ...budget });
    const { alongside } = await plan({ force: true });
    const beside = alongside.find(({ name }) => name === 'minutely');
    expect(beside?.times).toBeGreaterThan(0);
    expect(beside?.calls?.high).toBe(10 * (beside?.times ?? 0));
    const never = await planner(jobs, { schedules: [minutely], ...budget })({ force: true });
    expect(never.alongside.find(({ kind }) => kind === 'schedule')?.calls).toBeNull();
  });

  test('does not promise its end while another run uses the same origin', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(10) });
    await reporter.flush();
    const plan = planner(jobs);
    expect((await plan({ force: true, by: '100h' })).verdict).toBe('fits');
    await verbsOf(jobs).warm(request({}), 'api');
    expect((await plan({ force: true, by: '100h' })).verdict).toBe('likely');
  });

  test('knows a time of day in its zone, a time, and a length of time', async () => {
    const jobs = buildJobs();
    const plan = planner(jobs);
    const { startsAt } = await plan();
    const by = async (asked: PlanRequest) => new Date((await plan(asked)).by ?? 0).toISOString().slice(5, 16);
    expect(await by({ by: '06:00', timezone: 'America/Denver' })).toMatch(/T13:00$/);
    expect(await by({ by: '06:00' })).toMatch(/T06:00$/);
    expect((await plan({ by: '90m' })).by).toBe(startsAt + 1.5 * HOUR);
    expect((await plan({ deadline: 5_000 })).by).toBe(startsAt + 5_000);
  });

  const BUDGET: Budget = {
    concurrency: 8,
    rate: { calls: 10, perMs: 1_000 },
    windows: [{ calls: 100, perMs: 24 * HOUR }],
  };
  const stateOf = (now: number): LedgerState => ({
    ...{
      origin: 'markets',
      inFlight: 0,
      processes: 1,
      pausedUntil: now + 30_000,
      pauseReason: 'it asked for it',
    },
    ...{
      pausedBy: '',
      outage: undefined,
      limits: { concurrency: 2, intervalMs: intervalOf(BUDGET) * 2 },
      lowered: undefined,
    },
    ...{
      freely: 0,
      counted: [],
      windows: [],
      quota: undefined,
      calls: {
        ok: 100,
        throttled: 0,
        failed: 0,
        ms: 1_000,
        by: byUser(() => 20),
        apart: countedApart(() => 0),
      },
    },
    waiting: byUser(() => 0),
    used: [
      {
        hour: Math.floor(now / HOUR) * HOUR,
        by: byUser((user) => (user === 'warm' ? 75 : 0)),
        ...{ throttled: 0, failed: 0, ms: 0, apart: countedApart(() => 0) },
      },
    ],
  });

  test('keeps to what holds now: a pause, lowered limits, what is used of the day', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(40) } });
    const budgets = new Map([['markets', BUDGET]]);
    const ledger = { state: async () => stateOf(jobs.clock.now()) };
    const report = await planner(jobs, { budgets, ledger })({ by: '10m' });
    const [origin] = report.origins;
    expect(origin).toMatchObject({ concurrency: 8, rate: '10/s, 100/d', present: { concurrency: 2 } });
    expect(origin?.windows).toEqual([
      { window: '100/d', calls: 100, used: 75, takes: { low: 40, likely: 40, high: 40 } },
    ]);
    expect(report.shortest).toBeGreaterThan(39 * 100);
    expect(report.shortestNow).toBeGreaterThan(30_000 + 39 * 200);
    // Five of the day's hundred are left for it, beside the twenty that are kept for reads.
    expect(origin?.atMost).toBeGreaterThan(10 * HOUR);
  });

  test('waits until an origin that has nothing left has more, and says nothing of what it does not know', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(40) } });
    const budget = { ...BUDGET, windows: [{ calls: 10_000, perMs: 30 * 24 * HOUR }] };
    const quota = { left: 0, resetAt: jobs.clock.now() + 24 * HOUR };
    const ledger = { state: async () => ({ ...stateOf(jobs.clock.now()), quota }) };
    const budgets = new Map([['markets', budget]]);
    const report = await planner(jobs, { budgets, ledger })({ by: '10m' });
    expect(report.verdict).toBe('impossible');
    expect(report.shortestNow).toBeGreaterThanOrEqual(24 * HOUR);
    expect(report.origins[0]?.windows).toMatchObject([{ window: '10000/30d', used: null }]);
  });

  test('says what has to go where a tier is full', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(5) });
    const rooms = new Map([
      ['memory', async () => ({ holds: 0, limit: 1_000 })],
      ['redis', async () => ({ holds: 95, limit: 100 })],
      ['disk', async () => Promise.reject(new Error('the disk does not answer'))],
    ]);
    const report = await planner(jobs, { rooms })({});
    const [memory, redis, disk] = report.rooms;
    expect(memory).toMatchObject({ tier: 'memory', adds: { likely: 120 }, evicts: { high: 0 } });
    expect(redis).toMatchObject({ adds: { likely: 60 }, evicts: { likely: 55 } });
    expect(disk).toMatchObject({ holds: null, evicts: null });
    expect(report.unknown).toEqual(['what tier disk holds: the disk does not answer']);
  });

  test('is made of the configuration and the tiers while the jobs Redis is away', async () => {
    const jobs = await mixed();
    const away = async () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'Redis is away'));
    const silent = {
      ...{
        callHistory: { of: away },
        ledger: { state: away },
        runs: { active: away, list: away, chunk: away },
      },
      ...{ registry: { ticks: away, processes: away }, stateMark: { read: away }, ticks: { states: away } },
      catalog: { ...jobs.catalog, get: away, recall: away, size: away } as unknown as Jobs['catalog'],
    };
    const report = await planner(jobs, silent)({ schedule: 'nightly', by: '20h' });
    expect(report.keys).toMatchObject({ total: 10, fetch: 10 });
    expect(report.tiers).toMatchObject([{ total: 10 }, { total: 10 }, { total: 10 }]);
    expect(new Date(report.startsAt).toISOString().slice(11, 16)).toBe('02:00');
    // The reason stands there once, with all that it kept back.
    expect(report.unknown).toEqual([
      expect.stringMatching(
        /^how far schedules are, .*runs that go on, how plans held, who lives, whether calls fail now: Redis is away$/,
      ),
    ]);
    expect(report.verdict).toBe('unknown');
  });

  test('counts what the other tiers say where one does not answer', async () => {
    const jobs = await mixed();
    jobs.disk.chaos.down = true;
    const report = await planner(jobs)({});
    const disk = report.tiers.find(({ tier }) => tier === 'disk');
    expect(disk?.unavailable).toBe(10);
    expect(disk?.error).not.toBeNull();
    expect(report.keys).toMatchObject({ total: 10, alreadyWarm: 2, excluded: 1 });
  });
});
