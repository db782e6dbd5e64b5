import { describe, expect, test } from 'vitest';
import { deadLetterPage } from '../../src/verbs/dead-letters/letter-shapes.ts';
import { type AnyJobs, current, startWorkers } from '../jobs/run.steps.ts';
import { buildLiveJobs, type JobsOptions } from '../support/build-jobs.ts';
import { until } from '../support/waiting.ts';
import { verbsOf } from './verbs.steps.ts';

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
    const page = deadLetterPage.parse(await verbsOf(jobs).deadLetters({ limit: 10 }));
    expect(page.total).toBe(3);
    expect(page.letters).toMatchObject([
      { kind: 'job', id: 'markets/j1', subject: 'unknown', reason: 'no such kind', source: null },
      { kind: 'key', subject: 'profile:"odd", one', source: 'profile', reason: 'gone wrong', at: 2_000 },
      { kind: 'key', subject: 'profile:m0', attempts: 3 },
    ]);
    expect((await verbsOf(jobs).deadLetters({ limit: 1 })).letters).toHaveLength(1);
  });

  test('redriven all, their keys become a run and their jobs go back to their lane', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    await jobs.deadLetters.remove(await jobs.deadLetters.list(1));
    expect(await verbs.redrive({})).toMatchObject({ redriven: 2 });
    expect((await verbs.deadLetters({ limit: 10 })).total).toBe(0);
    expect((await jobs.queue.counts('markets')).waiting).toBe(1);
    const [run] = (await verbs.runs(10, undefined)).runs;
    expect(run?.selector).toBe('key=profile:m0');
    await startWorkers(jobs);
    const ended = ({ state }: { state: string }) => state === 'ended';
    expect(await until('the run', () => current(jobs, run?.id ?? ''), ended)).toMatchObject({
      counts: { warmed: 1 },
    });
  });

  test('of one run are listed and redriven apart from the others', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    const ofRun = { ...lost('profile:m1', 3_000), run: 'r1' };
    await jobs.deadLetters.add([ofRun, { ...ofRun, key: 'profile:m2', run: 'r2' }]);
    expect(await verbs.deadLetters({ limit: 10, run: 'r1' })).toMatchObject({
      letters: [{ subject: 'profile:m1' }],
      total: 1,
    });
    await expect(verbs.redrive({ ids: ['markets/j1'], run: 'r1' })).rejects.toMatchObject({
      code: 'E_REQUEST_INVALID',
    });
    expect(await verbs.redrive({ run: 'r1' })).toMatchObject({ redriven: 1 });
    expect(await verbs.redrive({ run: 'r1' })).toMatchObject({ redriven: 0 });
    expect((await verbs.deadLetters({ limit: 10 })).total).toBe(4);
  });

  test('of lanes whose origin is not configured are listed with the others, and redriven', async () => {
    const jobs = await dead();
    const verbs = verbsOf({ ...jobs, budgets: new Map() });
    const { letters } = await verbs.deadLetters({ limit: 1 });
    expect(letters).toMatchObject([{ id: 'markets/j1', kind: 'job', reason: 'no such kind' }]);
    expect(await verbs.redrive({ ids: ['markets/j1'] })).toMatchObject({ redriven: 1 });
    expect((await jobs.queue.counts('markets')).waiting).toBe(1);
    const { lanes } = await verbs.stats();
    expect(lanes.find(({ lane }) => lane === 'markets')).toMatchObject({ configured: false, waiting: 1 });
  });

  test('are chosen by reason, source, lane and kind, page by page and all of them', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    const many = Array.from({ length: 1_200 }, (_, i) => ({
      ...lost(`profile:m${i % 4}-${i}`, 5_000),
      reason: i % 2 === 0 ? 'Status 503' : 'status 404',
    }));
    await jobs.deadLetters.add(many);
    const which = { reason: 'status 503', source: 'profile', lane: 'markets', kind: 'key' } as const;
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 4 && cursor !== ''; pages += 1) {
      const page = await verbs.deadLetters({ limit: 250, cursor, ...which });
      expect(page.total).toBe(pages === 0 ? 600 : null);
      seen.push(...page.letters.map(({ id }) => id));
      cursor = page.cursor ?? '';
    }
    expect(new Set(seen).size).toBe(600);
    expect(seen).toHaveLength(600);
    expect(await verbs.redrive({ ...which, dryRun: true })).toMatchObject({ matching: 600, redriven: 0 });
    const redriven = await verbs.redrive({ ...which, why: 'the origin is back' });
    expect(redriven).toMatchObject({ matching: 600, redriven: 600, left: 0 });
    expect((await verbs.run(redriven.run ?? '')).named).toMatchObject({ keys: 600 });
    expect(await verbs.deadLetters({ kind: 'job' })).toMatchObject({
      letters: [{ id: 'markets/j1' }],
      total: 1,
    });
    expect((await verbs.deadLetters({ limit: 1 })).total).toBe(603);
    expect(await verbs.redrive({ kind: 'job' })).toMatchObject({ matching: 1, redriven: 1, run: null });
    await expect(verbs.deadLetters({ cursor: 'x' })).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });

  test('redriven after a dry run are those that it counted, and none that failed since', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    const { matching, until: newest } = await verbs.redrive({ dryRun: true });
    await jobs.deadLetters.add([lost('profile:m7', jobs.clock.now() + 60_000)]);
    const redriven = await verbs.redrive({ until: newest ?? undefined });
    expect([matching, redriven]).toMatchObject([3, { matching: 3, redriven: 2, until: newest }]);
    expect((await verbs.deadLetters({ limit: 10 })).letters).toMatchObject([
      { subject: 'profile:m7' },
      { subject: 'profile:"odd", one' },
    ]);
    await expect(verbs.redrive({ until: 'x' })).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });

  test('redriven one by one leave the others', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    const { letters } = await verbs.deadLetters({ limit: 10 });
    expect(await verbs.redrive({ ids: [letters[2]?.id ?? '', 'unknown', 'markets/unknown'] })).toMatchObject({
      redriven: 1,
    });
    expect((await verbs.deadLetters({ limit: 10 })).letters.map(({ subject }) => subject)).toEqual([
      'unknown',
      'profile:"odd", one',
    ]);
  });

  test('of keys that fit no source any more stay where they are', async () => {
    const jobs = await dead();
    const verbs = verbsOf(jobs);
    await jobs.deadLetters.add([lost('summary:m0', 3_000)]);
    const ids = (await jobs.deadLetters.list(10)).map(({ id }) => id);
    expect(await verbs.redrive({ ids })).toMatchObject({ matching: 3, redriven: 1, left: 2 });
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
    await expect(verbs.redrive({ ids: [id] })).rejects.toThrow('the queue is away');
    expect((await jobs.deadLetters.list(10)).map(({ key }) => key)).toContain('profile:m0');
  });

  test('are not lost, whatever a process does last before it dies', async () => {
    const jobs = await dead();
    const runs = async () => (await verbsOf(jobs).runs(50)).runs.length;
    const kept = async () => ({ letters: await jobs.deadLetters.total(), runs: await runs() });
    let isDone = false;
    for (let calls = 0; !isDone; calls += 1) {
      await jobs.deadLetters.add([lost('profile:m1', 3_000 + calls)]);
      const before = await kept();
      const redriven = verbsOf(dying(jobs, calls)).redrive({ reason: 'gone wrong', kind: 'key' });
      isDone = await redriven.then(
        () => true,
        () => false,
      );
      const after = await kept();
      // In the list, or in a run.
      if (after.letters < before.letters)
        expect({ calls, runs: after.runs }).toEqual({ calls, runs: before.runs + 1 });
      expect({ isDone, letters: after.letters }).toEqual({ isDone, letters: isDone ? 1 : before.letters });
      expect(calls).toBeLessThan(40);
    }
  });
});

/** As a process has it that dies after so many calls. */
function dying(jobs: AnyJobs, calls: number): AnyJobs {
  let left = calls;
  const mortal = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        return async (...given: unknown[]) => {
          if (left <= 0) throw new Error('the process is dead');
          left -= 1;
          return found.apply(target, given);
        };
      },
    });
  const { deadLetters, lists, queue, runs } = jobs;
  return {
    ...jobs,
    ...{ deadLetters: mortal(deadLetters), lists: mortal(lists), queue: mortal(queue), runs: mortal(runs) },
  };
}
