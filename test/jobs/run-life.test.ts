import { describe, expect, test } from 'vitest';
import { PLAIN_RUN, type RunSpec } from '../../src/catalog/runs/runs.ts';
import { createRun as create, finishRun, requeueRun, stopRun } from '../../src/jobs/run-life.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { keysOf, marketsCsv } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { createRun, current, doJob, outcomeCodes, RUN, warmChunk } from './run.steps.ts';

const SPEC: Omit<RunSpec, 'createdAt' | 'stamps' | 'names'> = {
  ...{ named: undefined, keep: undefined },
  ...{ id: RUN, selector: '', cause: 'cli', schedule: undefined, nominal: undefined },
  options: { ...PLAIN_RUN, force: true },
};

/** What jobs say of runs that end. */
function ends({ log }: Jobs) {
  return log.seen.filter(({ name }) => name === 'run:ended').map(({ payload }) => payload);
}

/** The same jobs, seen from a host whose clock is wrong by `ms`; stamps are the server's. */
function onHostThatIs(ms: number, jobs: Jobs) {
  return { ...jobs, clock: { now: () => jobs.clock.now() + ms } as Jobs['clock'] };
}

describe('a run that is created', () => {
  test('has its planning queued once, and is reported once', async () => {
    const jobs = buildJobs();
    expect(await create(jobs, SPEC)).toMatchObject({ created: true, run: { createdAt: jobs.clock.now() } });
    expect(await create(jobs, SPEC)).toMatchObject({ created: false, run: { state: 'planning' } });
    expect((await jobs.queue.counts('control')).waiting).toBe(1);
    const created = jobs.log.seen.filter(({ name }) => name === 'run:created');
    expect(created.map(({ payload }) => payload)).toEqual([{ run: RUN, selector: '' }]);
  });

  test.each([
    ['behind', -300_000],
    ['ahead', 300_000],
  ])('on a host whose clock is %s fetches what was fetched before it, and nothing twice', async (_, ms) => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    await warm(jobs, { keys: keysOf(4) });
    await jobs.clock.advance(1_000);
    await create(onHostThatIs(ms, jobs), SPEC);
    await jobs.planner.plan(RUN, NEVER);
    await doJob(jobs, warmChunk(0));
    expect(jobs.origin.asked).toHaveLength(8);
    expect(await outcomeCodes(jobs)).toBe('wwww');
    // The same again, as after a crash before anything was recorded.
    await create(onHostThatIs(ms, jobs), { ...SPEC, id: 'other' });
    await jobs.runs.addChunk('other', 0, 'profile', keysOf(4));
    await jobs.runs.begin('other', 1, 4, jobs.clock.now());
    await warm(jobs, { keys: keysOf(4), options: { reason: 'force' } });
    await doJob(jobs, { ...warmChunk(0), run: 'other' });
    expect(jobs.origin.asked).toHaveLength(12);
    expect((await current(jobs, 'other')).counts.warmed).toBe(4);
  });

  test('by an older version has no stamps, and takes nothing for its own work', async () => {
    const jobs = buildJobs();
    const { stamps: _, ...old } = { ...SPEC, createdAt: jobs.clock.now(), stamps: {} };
    await jobs.runs.create(old as Parameters<typeof jobs.runs.create>[0]);
    expect((await current(jobs)).stamps).toEqual({});
  });
});

describe('a run that ends', () => {
  test('is reported by the one that ended it, and not again', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    expect(await stopRun(jobs, RUN, 'stopped')).toMatchObject({ state: 'ended', endedReason: 'stopped' });
    await jobs.clock.advance(1);
    await stopRun(jobs, RUN, 'stopped');
    await stopRun(jobs, RUN, 'deadline');
    expect(ends(jobs)).toEqual([{ run: RUN, reason: 'stopped' }]);
  });

  test('before it was verified is not reported as finished', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await stopRun(jobs, RUN, 'deadline');
    await jobs.clock.advance(1);
    expect(await finishRun(jobs, RUN, '', {})).toMatchObject({ endedReason: 'deadline' });
    expect(ends(jobs)).toEqual([{ run: RUN, reason: 'deadline' }]);
  });
});

describe('queueing the work of a run again', () => {
  test('adds the jobs that are lost, and none that are there', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    const again = async () => requeueRun(await current(jobs), jobs);
    expect(await again()).toBe(1);
    expect(jobs.added.map(({ id }) => id)).toEqual(['plan-r1']);
    await jobs.runs.addChunk(RUN, 0, 'profile', keysOf(2));
    await jobs.runs.addChunk(RUN, 1, 'profile', keysOf(4).slice(2));
    await jobs.runs.addChunk(RUN, 2, 'unconfigured', ['unconfigured:m0']);
    await jobs.runs.begin(RUN, 3, 5, jobs.clock.now());
    await jobs.runs.record(
      RUN,
      0,
      [0, 1].map((index) => ({ index, outcome: 'warmed' })),
    );
    jobs.added.length = 0;
    expect(await again()).toBe(2);
    expect(jobs.added.map(({ id, lane }) => `${lane} ${id}`)).toEqual([
      'markets warm-r1-1',
      'control warm-r1-2',
    ]);
    expect(await again()).toBe(0);
  });

  test('of a run that has ended adds nothing', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.runs.stop(RUN, 'stopped', '', 1);
    expect(await requeueRun(await current(jobs), jobs)).toBe(0);
    expect(jobs.added).toEqual([]);
  });
});
