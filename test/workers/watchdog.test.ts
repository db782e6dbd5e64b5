import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { planJob, retryJob } from '../../src/jobs/run-jobs.ts';
import { Watchdog } from '../../src/workers/watchdog.ts';
import {
  createRun,
  current,
  doJob,
  endOfRun,
  plannedRun,
  RUN,
  startWorkers,
  warmChunk,
} from '../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs, type Jobs } from '../support/build-jobs.ts';
import { sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { NEVER } from '../warming/warm.steps.ts';

const EVERY = 5_000;

function watch(jobs: Jobs): Watchdog {
  return new Watchdog({ ...jobs, origins: [...jobs.origins.keys()], every: EVERY });
}

/** Looks so many times; answers what was mended. */
async function looks(watchdog: Watchdog, times: number): Promise<string[]> {
  const mended: string[] = [];
  for (let i = 0; i < times; i += 1) mended.push(...(await watchdog.look()));
  return mended;
}

/** The queue loses everything. */
async function loseJobs({ redis, prefix }: Jobs): Promise<void> {
  const keys = await redis.keys(`{${prefix}:q:*`);
  if (keys.length > 0) await redis.del(...keys);
}

function ids({ added }: Jobs): string[] {
  return added.map(({ id }) => id);
}

describe('a run whose jobs were lost is found and queued again', () => {
  test('before it was planned', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    const watchdog = watch(jobs);
    expect(await watchdog.look()).toEqual([]);
    expect(await watchdog.look()).toEqual([RUN]);
    expect(ids(jobs)).toEqual(['plan-r1']);
  });

  test('before it was planned, while other work keeps every lane busy', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.queue.add([planJob('other'), { ...planJob('another'), lane: 'markets' }]);
    expect(await looks(watch(jobs), 2)).toEqual([RUN]);
  });

  test('while it is running, and only what is not done', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    await doJob(jobs, warmChunk(0));
    await loseJobs(jobs);
    jobs.added.length = 0;
    expect(await looks(watch(jobs), 2)).toEqual([RUN]);
    expect(ids(jobs)).toEqual(['warm-r1-1', 'warm-r1-2']);
  });

  test('before it was verified', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    for (let n = 0; n < 3; n += 1) await doJob(jobs, warmChunk(n));
    await loseJobs(jobs);
    jobs.added.length = 0;
    expect(await looks(watch(jobs), 2)).toEqual([RUN]);
    expect(ids(jobs)).toEqual(['verify-r1']);
  });

  test('and comes to its end', async () => {
    const jobs = buildLiveJobs();
    await createRun(jobs);
    const watchdog = new Watchdog({ ...jobs, origins: ['markets'], every: 20 });
    await startWorkers(jobs);
    await watchdog.start();
    const run = await endOfRun(jobs);
    await watchdog.stop(jobs.clock.now() + 1_000);
    expect(run).toMatchObject({ endedReason: 'finished', counts: countsOf({ warmed: 10 }) });
  });

  test('though other work keeps the lanes busy, only later', async () => {
    const jobs = buildJobs({ sources: [sourceWith(), sourceWith({ name: 'quote' })] });
    await plannedRun(jobs, { selector: 'source=profile' });
    await loseJobs(jobs);
    await jobs.queue.add([{ ...planJob('other'), lane: 'markets' }]);
    jobs.added.length = 0;
    const watchdog = watch(jobs);
    expect(await looks(watchdog, 23)).toEqual([]);
    expect(await watchdog.look()).toEqual([RUN]);
    expect(ids(jobs)).toEqual(['warm-r1-0', 'warm-r1-1', 'warm-r1-2']);
  });
});

describe('a run that is worked on is left alone', () => {
  test('as long as it moves', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    await loseJobs(jobs);
    jobs.added.length = 0;
    const watchdog = watch(jobs);
    for (let n = 0; n < 3; n += 1) {
      expect(await watchdog.look()).toEqual([]);
      await doJob(jobs, warmChunk(n));
    }
    expect(ids(jobs)).toEqual(['verify-r1']);
  });

  test('as long as its jobs wait, however long that is', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    jobs.added.length = 0;
    expect(await looks(watch(jobs), 20)).toEqual([]);
    expect(ids(jobs)).toEqual([]);
  });

  test('as long as its keys are put off', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs, { limit: 4 });
    await loseJobs(jobs);
    await jobs.queue.add([retryJob(RUN, 0, sourceWith(), [1, 3], 2, 60_000)]);
    jobs.added.length = 0;
    expect(await looks(watch(jobs), 4)).toEqual([]);
  });

  test('as long as a worker has it in hand', async () => {
    const jobs = buildLiveJobs();
    const held = jobs.origin.hold();
    await createRun(jobs);
    await startWorkers(jobs);
    await jobs.queue.add([planJob(RUN)]);
    await held.arrived();
    await until(
      'the chunks',
      () => jobs.queue.counts('markets'),
      ({ active }) => active === 3,
    );
    const watchdog = new Watchdog({ ...jobs, origins: ['markets'], every: EVERY });
    expect(await looks(watchdog, 5)).toEqual([]);
    held.release();
    expect(await endOfRun(jobs)).toMatchObject({ counts: { warmed: 10 } });
  });

  test('when it has ended', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.runs.stop(RUN, 'stopped', '', 1);
    expect(await looks(watch(jobs), 3)).toEqual([]);
  });

  test('and what an invalidation has put off in the control lane does not count as work of a run', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    await loseJobs(jobs);
    await jobs.queue.add([{ ...planJob('net'), id: 'invalidate-1', kind: 'invalidate', delayMs: 60_000 }]);
    expect(await looks(watch(jobs), 2)).toEqual([RUN]);
  });

  test('as long as its plan waits behind other work', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.queue.add([planJob('other'), planJob(RUN)]);
    expect(await looks(watch(jobs), 30)).toEqual([]);
  });
});

describe('a run whose time is over', () => {
  test.each(['planning', 'running'] as const)('is ended while it is %s', async (state) => {
    const jobs = buildJobs();
    const deadlineAt = jobs.clock.now() + 10_000;
    await createRun(jobs, { deadlineAt });
    if (state === 'running') await jobs.planner.plan(RUN, NEVER);
    const watchdog = watch(jobs);
    await watchdog.look();
    expect(await current(jobs)).toMatchObject({ state });
    await jobs.clock.advance(10_000);
    await looks(watchdog, 2);
    expect(await current(jobs)).toMatchObject({ state: 'ended', endedReason: 'deadline', pending: 0 });
    const told = jobs.log.seen.filter(({ name }) => name === 'run:ended');
    expect(told.map(({ payload }) => payload)).toEqual([{ run: RUN, reason: 'deadline' }]);
  });

  test('is verified all the same once all its keys have ended', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs, { limit: 4, deadlineAt: jobs.clock.now() + 10_000 });
    await doJob(jobs, warmChunk(0));
    await jobs.clock.advance(20_000);
    await watch(jobs).look();
    expect(await current(jobs)).toMatchObject({ state: 'verifying' });
  });
});

test('it looks by itself, and tells when it cannot', async () => {
  const jobs = buildJobs();
  const broken = { ...jobs.runs, active: () => Promise.reject(new Error('away')) };
  const watchdog = new Watchdog({ ...jobs, runs: broken, origins: [], every: EVERY });
  await watchdog.start();
  await jobs.clock.advance(EVERY * 2);
  await watchdog.stop(jobs.clock.now());
  const problems = jobs.log.seen.filter(({ name }) => name === 'problem');
  expect(problems).toMatchObject([{ payload: { where: 'watchdog' } }, { payload: { where: 'watchdog' } }]);
});
