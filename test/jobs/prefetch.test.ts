import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { bodyOf, errorOf, failing } from '../support/scripted-origin.ts';
import { csvOf, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { createRun, current, doJob, outcomeCodes, plannedRun, RUN, warmChunk } from './run.steps.ts';

/** One chunk of four keys, planned. */
async function oneChunk(
  options: JobsOptions = {},
  run: Parameters<typeof plannedRun>[1] = {},
): Promise<Jobs> {
  const jobs = buildJobs({ entities: { markets: marketsCsv(4) }, ...options });
  await plannedRun(jobs, run);
  jobs.added.length = 0;
  return jobs;
}

/** Keys m1 and m3 fail as told, the others are warmed. */
function halfFails(jobs: Jobs, kind: 'retryable' | 'permanent'): void {
  const bad = ['profile:m1', 'profile:m3'];
  jobs.origin.answerEach(({ key }) => (bad.includes(key) ? errorOf(kind, `no ${key}`) : bodyOf('1')));
}

describe('a chunk', () => {
  test('that is warmed ends each of its keys, and the last one has the run verified', async () => {
    const jobs = await oneChunk();
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'done' });
    expect(await outcomeCodes(jobs)).toBe('wwww');
    expect(await current(jobs)).toMatchObject({ state: 'verifying', pending: 0 });
    expect(jobs.added.map(({ id, lane }) => `${lane} ${id}`)).toEqual(['control verify-r1']);
  });

  test('that is done again asks the origin for nothing, and counts nothing twice', async () => {
    const jobs = await oneChunk();
    await doJob(jobs, warmChunk(0));
    await doJob(jobs, warmChunk(0));
    expect(jobs.origin.asked).toHaveLength(4);
    expect((await current(jobs)).counts).toEqual(countsOf({ warmed: 4 }));
  });

  test('whose worker died after the values were stored calls them warmed, without another call', async () => {
    const jobs = await oneChunk({}, { force: true });
    await warm(jobs, { keys: keysOf(4), options: { reason: 'force' } });
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('wwww');
    expect(jobs.origin.asked).toHaveLength(4);
  });

  test('of keys that were warm before the run says so', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    await warm(jobs, { keys: keysOf(2) });
    await jobs.clock.advance(1_000);
    await plannedRun(jobs);
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('aaww');
  });

  test('of a run of missing ones leaves out what can be served', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    await warm(jobs, { keys: keysOf(2) });
    await jobs.clock.advance(TTL);
    await plannedRun(jobs, { missing: true });
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('eeww');
  });

  test('of a source that is not configured any more fails each key', async () => {
    const jobs = await oneChunk();
    jobs.sources.delete('profile');
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'done' });
    expect(await outcomeCodes(jobs)).toBe('ffff');
    expect((await jobs.deadLetters.list(10))[0]?.reason).toBe('source "profile" is not configured any more');
  });

  test.each([
    ['of no run', { step: 'warm', run: 'nobody', chunk: 0, attempt: 1 }],
    ['that the run has not', warmChunk(7)],
  ] as const)('%s is nothing to do', async (_, payload) => {
    const jobs = await oneChunk();
    expect(await doJob(jobs, payload)).toEqual({ kind: 'done' });
    expect(jobs.origin.calls).toEqual([]);
  });

  test('whose origin is paused waits for it, with the keys that are left and no attempt less', async () => {
    const jobs = await oneChunk({ budget: { rate: undefined, concurrency: 1 } });
    const retryAt = jobs.clock.now() + 20_000;
    jobs.origin.answer((requests, source, signal) =>
      jobs.origin.calls.length < 3
        ? requests.map(() => bodyOf('1'))
        : failing('throttled', 'too many calls', retryAt)(requests, source, signal),
    );
    const ending = await doJob(jobs, warmChunk(0));
    expect(ending).toEqual({ kind: 'later', at: retryAt, reason: 'too many calls' });
    expect(await outcomeCodes(jobs)).toBe('ww..');
    expect(jobs.added).toEqual([]);
  });

  test('goes back to the queue when its worker stops, and what ended stays', async () => {
    const jobs = await oneChunk({ budget: { rate: undefined, concurrency: 1 } });
    const stopping = new AbortController();
    jobs.origin.answerEach(({ key }) => {
      if (key === 'profile:m1') stopping.abort(new Error('stop'));
      return bodyOf('1');
    });
    expect(await doJob(jobs, warmChunk(0), { signal: stopping.signal })).toEqual({ kind: 'back' });
    expect(await outcomeCodes(jobs)).toBe('ww..');
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('wwww');
    expect(jobs.origin.asked).toHaveLength(4);
  });

  test('throws what is unexpected, so that the queue tries it again', async () => {
    const jobs = await oneChunk();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(doJob(jobs, warmChunk(0))).rejects.toThrow(/no tier answered/);
    expect(await outcomeCodes(jobs)).toBe('....');
  });
});

describe('keys that did not end', () => {
  test('are tried apart from their chunk, with back-off', async () => {
    const jobs = await oneChunk();
    halfFails(jobs, 'retryable');
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('w.w.');
    const payload = { step: 'warm', run: RUN, chunk: 0, indexes: [1, 3], attempt: 2 };
    expect(jobs.added).toMatchObject([{ lane: 'markets', kind: 'prefetch', payload, delayMs: 2_000 }]);
    await doJob(jobs, warmChunk(0, { indexes: [1, 3], attempt: 2 }));
    expect(jobs.added[1]).toMatchObject({ payload: { indexes: [1, 3], attempt: 3 }, delayMs: 4_000 });
    expect(jobs.origin.asked.slice(4)).toEqual(['profile:m1', 'profile:m3']);
  });

  test('become dead letters after the last attempt, and the run goes on without them', async () => {
    const jobs = await oneChunk();
    halfFails(jobs, 'retryable');
    await doJob(jobs, warmChunk(0, { attempt: 3 }));
    expect(await outcomeCodes(jobs)).toBe('wfwf');
    expect(await current(jobs)).toMatchObject({ state: 'verifying', counts: { warmed: 2, failed: 2 } });
    expect(jobs.added.map(({ id }) => id)).toEqual(['verify-r1']);
    const lost = await jobs.deadLetters.list(10);
    expect(lost.map(({ key, reason, run, attempts }) => ({ key, reason, run, attempts }))).toEqual(
      expect.arrayContaining([
        { key: 'profile:m1', reason: 'no profile:m1', run: RUN, attempts: 3 },
        { key: 'profile:m3', reason: 'no profile:m3', run: RUN, attempts: 3 },
      ]),
    );
    expect(lost).toHaveLength(2);
    const [, record] = await jobs.catalog.get('profile', keysOf(2));
    expect(record).toMatchObject({ dueAt: jobs.clock.now() + TTL / 10, failure: { outcome: 'failed' } });
    expect((await jobs.registry.counts(['profile']))[0]).toMatchObject({ warmed: 2, failed: 2 });
    const failed = jobs.log.seen.filter(({ name }) => name === 'key:failed');
    expect(failed.map(({ payload }) => payload)).toContainEqual({
      source: 'profile',
      key: 'profile:m3',
      reason: 'no profile:m3',
      run: RUN,
    });
  });

  test('fail at once when the origin refuses them for good', async () => {
    const jobs = await oneChunk();
    halfFails(jobs, 'permanent');
    await doJob(jobs, warmChunk(0));
    expect(await outcomeCodes(jobs)).toBe('wfwf');
    expect((await jobs.deadLetters.list(10)).map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  test('are queued once, also when the chunk is done again after a crash', async () => {
    const jobs = await oneChunk();
    halfFails(jobs, 'retryable');
    await doJob(jobs, warmChunk(0));
    await doJob(jobs, warmChunk(0));
    expect((await jobs.queue.counts('markets')).delayed).toBe(1);
  });

  test('are all queued when a chunk that is done again has others left than before', async () => {
    const jobs = await oneChunk();
    jobs.origin.answerEach(({ key }) => (key === 'profile:m1' ? errorOf('retryable', 'no') : bodyOf('1')));
    await doJob(jobs, warmChunk(0, { indexes: [1] }));
    jobs.origin.answerEach(() => errorOf('retryable', 'no'));
    await doJob(jobs, warmChunk(0));
    const queued = jobs.added.map(({ id, payload }) => [id, payload]);
    expect(queued.map(([, payload]) => payload)).toMatchObject([{ indexes: [1] }, { indexes: [0, 1, 2, 3] }]);
    expect((await jobs.queue.counts('markets')).delayed).toBe(2);
  });
});

describe('a deadline', () => {
  test('that has passed ends the run, and what is left is cancelled', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs, { deadlineAt: jobs.clock.now() + 60_000 });
    await doJob(jobs, warmChunk(0));
    await jobs.clock.advance(60_000);
    expect(await doJob(jobs, warmChunk(1))).toEqual({ kind: 'done' });
    const run = await current(jobs);
    expect(run).toMatchObject({ state: 'ended', endedReason: 'deadline', pending: 0 });
    expect(run.counts).toEqual(countsOf({ warmed: 4, cancelled: 6 }));
    expect(jobs.origin.asked).toHaveLength(4);
    await doJob(jobs, warmChunk(2));
    const told = jobs.log.seen.filter(({ name }) => name === 'run:ended');
    expect(told.map(({ payload }) => payload)).toEqual([{ run: RUN, reason: 'deadline' }]);
  });

  test('that passes in the middle of a chunk lets no key begin any more', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
    await plannedRun(jobs, { deadlineAt: jobs.clock.now() + 60_000 });
    const held = jobs.origin.hold();
    const doing = doJob(jobs, warmChunk(0));
    await held.arrived();
    await jobs.clock.advance(60_000);
    expect(await doing).toEqual({ kind: 'done' });
    expect(await current(jobs)).toMatchObject({
      endedReason: 'deadline',
      counts: { cancelled: 10 },
      endedNote: expect.stringMatching(/^10 of 10 keys were cut at 2/),
    });
    expect(jobs.origin.calls).toHaveLength(1);
  });

  test('is waited for no longer than it lasts when the origin is paused beyond it', async () => {
    const deadlineAt = buildJobs().clock.now() + 5_000;
    const jobs = await oneChunk({}, { deadlineAt });
    jobs.origin.answer(failing('throttled', 'later', deadlineAt + 60_000));
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'later', at: deadlineAt, reason: 'later' });
  });
});

describe('a run that is stopped', () => {
  test('cancels what is pending, and its chunks have nothing to do', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    await doJob(jobs, warmChunk(0));
    await jobs.runs.stop(RUN, 'stopped', '', jobs.clock.now());
    await doJob(jobs, warmChunk(1));
    expect((await current(jobs)).counts).toEqual(countsOf({ warmed: 4, cancelled: 6 }));
    expect(jobs.origin.asked).toHaveLength(4);
  });

  test('ends a chunk in the middle, as soon as one of its keys is recorded', async () => {
    const jobs = await oneChunk({ budget: { rate: undefined, concurrency: 1 } });
    jobs.origin.answer(async (requests, source, signal) => {
      await jobs.runs.stop(RUN, 'stopped', '', jobs.clock.now());
      return failing('permanent', 'no such market')(requests, source, signal);
    });
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'done' });
    expect(jobs.origin.calls).toHaveLength(1);
    expect((await current(jobs)).counts).toEqual(countsOf({ cancelled: 4 }));
  });
});

describe('a job of a run that is given up', () => {
  test('fails the keys of its chunk that are pending', async () => {
    const jobs = await oneChunk();
    await jobs.runs.record(RUN, 0, [{ index: 0, outcome: 'warmed' }]);
    await jobs.prefetch.giveUp(warmChunk(0), 'it threw');
    expect(await outcomeCodes(jobs)).toBe('wfff');
    expect((await jobs.deadLetters.list(10)).map(({ reason }) => reason)).toEqual(
      new Array(3).fill('it threw'),
    );
    expect(await current(jobs)).toMatchObject({ state: 'verifying' });
  });

  test.each(['plan', 'verify'] as const)('at the step %s fails the run, and says why', async (step) => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.prefetch.giveUp({ step, run: RUN }, 'it threw');
    const end = { state: 'ended', endedReason: 'failed', endedNote: `${step}: it threw` };
    expect(await current(jobs)).toMatchObject(end);
    expect(jobs.log.seen).toContainEqual({ name: 'run:ended', payload: { run: RUN, reason: 'failed' } });
  });
});

test.each([
  [{ step: 'warm', run: RUN, chunk: -1, attempt: 1 }],
  [{ step: 'warm', run: RUN, chunk: 0 }],
  [{ step: 'plan', run: RUN, more: 1 }],
  [{ step: 'unknown', run: RUN }],
  ['plan'],
])('%j is no payload of a run', (payload) => {
  expect(() => buildJobs().prefetch.parse(payload)).toThrow();
});

test('the last of many chunks that are done at the same time has the run verified', async () => {
  const jobs = buildJobs({
    sources: [sourceWith({ keysPerCall: 4 })],
    entities: { markets: marketsCsv(40) },
  });
  await plannedRun(jobs);
  const { chunks } = await current(jobs);
  await Promise.all(Array.from({ length: chunks }, (_, n) => doJob(jobs, warmChunk(n))));
  expect(await current(jobs)).toMatchObject({ state: 'verifying', counts: { warmed: 40 } });
  expect((await jobs.queue.counts('control')).waiting).toBe(1);
  await doJob(jobs, { step: 'verify', run: RUN });
  expect(await current(jobs)).toMatchObject({ state: 'ended', endedReason: 'finished' });
  await jobs.stack.getMany(keysOf(40), 'head', NEVER);
});

test('a run whose list is wrong ends at its first try, and says why', async () => {
  const entities = { markets: csvOf([['market'], ['m0'], ['m0']]) };
  const jobs = buildJobs({ entities });
  await createRun(jobs);
  expect(await doJob(jobs, { step: 'plan', run: RUN })).toEqual({ kind: 'done' });
  expect(await current(jobs)).toMatchObject({
    ...{ state: 'ended', endedReason: 'failed' },
    endedNote: expect.stringMatching(
      /^plan: E_ENTITIES_INVALID: entity set "markets", .*line 3: market "m0" stands/,
    ),
  });
});
