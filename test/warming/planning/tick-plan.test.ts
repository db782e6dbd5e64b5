/** The plan of a run that nobody planned: of a tick, made with its manifest, and set beside what the run came to. */
import { describe, expect, test } from 'vitest';
import { PLAIN_RUN, type Run } from '../../../src/catalog/runs/runs.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { createRun } from '../../../src/jobs/run-life.ts';
import { heldPlansOf } from '../../../src/verbs/runs/held-plans.ts';
import { HistoryReporter } from '../../../src/warming/history-reporter.ts';
import { TickPlan } from '../../../src/warming/planning/tick-plan.ts';
import { current, doJob } from '../../jobs/run.steps.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { keysOf, marketsCsv } from '../../support/sources.ts';
import { verbsOf } from '../../verbs/verbs.steps.ts';
import { NEVER, warm } from '../warm.steps.ts';

async function planned(jobs: Jobs, id: string, change: Partial<Pick<Run, 'schedule' | 'plan'>> = {}) {
  await jobs.clock.advance(1_000);
  await createRun(jobs, {
    ...{ id, selector: '', named: undefined, keep: undefined, cause: 'schedule', nominal: undefined },
    ...{ schedule: 'nightly', options: { ...PLAIN_RUN, force: true }, ...change },
  });
  await jobs.planner.plan(id, NEVER);
  return current(jobs, id);
}

async function finished(jobs: Jobs, { id, chunks }: Run): Promise<void> {
  for (let chunk = 0; chunk < chunks; chunk += 1)
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: id, chunk, attempt: 1 }));
  await drive(jobs.clock, doJob(jobs, { step: 'verify', run: id }));
}

describe('the run of a tick', () => {
  test('keeps its plan, and its report sets it beside what it came to', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    const first = await planned(jobs, 'r1');
    expect(first).toMatchObject({ plan: { keys: 10, fetch: 10, calls: { likely: 10 }, likely: null } });
    await finished(jobs, first);
    await reporter.flush();
    const second = await planned(jobs, 'r2');
    expect(second.plan).toMatchObject({ keys: 10, bytes: { likely: 120 } });
    expect(second.plan?.likely?.high).toBeGreaterThan(0);
    await finished(jobs, second);
    const report = await verbsOf(jobs).runReport('r2');
    expect(report.compared.map(({ figure }) => figure)).toEqual([
      ...['keys', 'fetch', 'calls', 'bytes', 'duration'],
    ]);
    expect(report).toMatchObject({ unplanned: null, held: null });
  });

  test('has the plan of the same choice as it: what is warm already is not fetched', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(4) });
    await jobs.clock.advance(1_000);
    const run = await planned(jobs, 'r1', {});
    expect(run.plan?.fetch).toBe(10);
    await createRun(jobs, {
      ...{ id: 'r2', selector: '', named: undefined, keep: undefined, cause: 'schedule', nominal: undefined },
      ...{ schedule: 'nightly', options: PLAIN_RUN },
    });
    await jobs.planner.plan('r2', NEVER);
    expect((await current(jobs, 'r2')).plan?.fetch).toBe(6);
  });

  test('is not planned again where somebody did, and no other run is planned', async () => {
    const jobs = buildJobs();
    const one = { low: 1, likely: 1, high: 1 };
    const plan = { keys: 1, fetch: 1, calls: one, bytes: null, likely: one };
    expect((await planned(jobs, 'r1', { plan })).plan).toEqual(plan);
    expect((await planned(jobs, 'r2', { schedule: undefined })).plan).toBeUndefined();
  });

  test('has all its keys, and says why it has no plan, where a tier does not answer', async () => {
    const jobs = buildJobs();
    jobs.disk.chaos.down = true;
    const run = await planned(jobs, 'r1');
    expect(run).toMatchObject({
      total: 10,
      unplanned: expect.stringMatching(/^tier disk: /),
    });
    expect((await verbsOf(jobs).runReport('r1')).unplanned).toBe(run.unplanned);
  });

  test('looks up few of many keys, and no more once it took too long', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(6_000) }, chunkSize: 1_000 });
    let looked = 0;
    const spied = {
      ...{ tiers: jobs.stack.tiers, fences: jobs.stack.fences },
      look: (...of: Parameters<Jobs['stack']['look']>) => {
        looked += of[1].length;
        return jobs.stack.look(...of);
      },
    };
    const choice = { reason: 'run', since: 0 } as const;
    const planOf = async (clock: Clock) => {
      looked = 0;
      const plan = new TickPlan({ ...jobs, stack: spied, clock }, choice, () => 1_000);
      const source = jobs.sources.get('profile');
      if (source === undefined) throw new Error('no source');
      for (let from = 0; from < 6_000; from += 500) {
        const keys = keysOf(6_000).slice(from, from + 500);
        await plan.add({ source, keys, params: new Map(), unkeyed: 0 }, NEVER);
      }
      return plan.end(NEVER);
    };
    expect(await planOf(jobs.clock)).toMatchObject({ plan: { keys: 6_000, fetch: 6_000 } });
    expect(looked / jobs.stack.tiers.length).toBeLessThan(2_000);
    let now = 0;
    const slow: Clock = {
      ...jobs.clock,
      now: () => jobs.clock.now(),
      after: jobs.clock.after,
      elapsed: () => (now += 3_000),
    };
    expect(await planOf(slow)).toEqual({ unplanned: expect.stringContaining('took longer than 5 s') });
    expect(looked / jobs.stack.tiers.length).toBeLessThanOrEqual(1_000);
  });
});

test('plans of a schedule held as well as what its last runs took, cut ones and those of others apart', async () => {
  const likely = { low: 1, likely: 1_000, high: 2_000 };
  const plan = { keys: 1, fetch: 1, calls: likely, bytes: null, likely };
  const runOf = (ms: number, change: Partial<Run> = {}) =>
    ({
      id: 'r',
      schedule: 'nightly',
      createdAt: 0,
      endedAt: ms,
      endedReason: 'finished',
      plan,
      ...change,
    }) as Run;
  const runs = [
    ...[800, 1_500, 900, 1_000].map((ms) => runOf(ms)),
    ...[runOf(9_000, { endedReason: 'deadline' }), runOf(9_000, { schedule: 'other' })],
    ...[runOf(9_000, { plan: undefined }), runOf(9_000, { plan: { ...plan, likely: null } })],
  ];
  const list = async () => ({ runs, cursor: undefined });
  expect(await heldPlansOf({ list }, 'nightly', undefined)).toEqual({
    runs: 4,
    ratio: { low: 0.8, likely: 1, high: 1.5 },
  });
  expect(await heldPlansOf({ list }, 'none', undefined)).toBeNull();
});
