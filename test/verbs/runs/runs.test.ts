import { describe, expect, test } from 'vitest';
import { type RunView, runView } from '../../../src/verbs/runs/run-shapes.ts';
import { current, doJob, endOfRun, startWorkers, warmChunk } from '../../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs, type Jobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { request, verbsOf } from '../verbs.steps.ts';

/** Run r1, made by the verb. */
async function made(change: Parameters<typeof request>[0] = {}) {
  const jobs = buildJobs();
  const verbs = verbsOf(jobs);
  const { run } = await verbs.warm(request({ id: 'r1', ...change }), 'api');
  return { jobs, verbs, run };
}

describe('warm', () => {
  test('creates a run and queues its planning', async () => {
    const { jobs, run } = await made({
      selector: 'temperature=warm   source=profile',
      limit: 3,
      deadline: 60_000,
    });
    expect(runView.parse(run)).toMatchObject({
      ...{ id: 'r1', state: 'planning', selector: 'source=profile temperature=warm', cause: 'api' },
      ...{ createdAt: jobs.clock.now(), total: 0, schedule: null, endedAt: null },
    });
    expect(jobs.added.map(({ id, lane }) => `${lane} ${id}`)).toEqual(['control plan-r1']);
    const options = {
      force: false,
      missing: false,
      limit: 3,
      deadlineAt: jobs.clock.now() + 60_000,
      acceptAbsent: false,
    };
    expect((await current(jobs)).options).toEqual(options);
    const told = jobs.log.seen.filter(({ name }) => name === 'run:created');
    expect(told.map(({ payload }) => payload)).toEqual([{ run: 'r1', selector: run.selector }]);
  });

  test('with the same id again returns the same run, and queues its planning once', async () => {
    const { jobs, verbs, run } = await made();
    await jobs.clock.advance(5_000);
    const again = await verbs.warm(request({ id: 'r1' }), 'cli');
    expect(again).toEqual({ run, created: false });
    expect((await jobs.queue.counts('control')).waiting).toBe(1);
    expect(jobs.log.seen.filter(({ name }) => name === 'run:created')).toHaveLength(1);
  });

  test('names a run by its time when the request does not', async () => {
    const verbs = verbsOf(buildJobs());
    const ids = await Promise.all([1, 2, 3].map(async () => (await verbs.warm(request(), 'cli')).run.id));
    for (const id of ids) expect(id).toMatch(/^21000101-000000-[0-9a-f]{6}$/);
    expect(new Set(ids).size).toBe(3);
  });

  test('keeps no long selector with a run, unless it names keys alone', async () => {
    const verbs = verbsOf(buildJobs());
    const words = (of: string) => Array.from({ length: 10_000 }, (_, i) => `${of}${i}`).join(',');
    const refused = {
      code: 'E_SELECTOR_INVALID',
      message: expect.stringMatching(/and a run is kept with 65,536 at most/),
    };
    for (const selector of [
      `tag=${words('market:')}`,
      `prefix=${words('profile:')}`,
      `source=profile key=${words('profile:')}`,
    ])
      await expect(verbs.warm(request({ selector }), 'api')).rejects.toMatchObject(refused);
    expect((await verbs.runs(10, undefined)).runs).toEqual([]);
    const { run } = await verbs.warm(request({ selector: `key=${words('profile:x')}` }), 'api');
    expect(run).toMatchObject({ selector: 'source=profile keys=10,000', named: { keys: 10_000 } });
  });

  test.each(['source=nothing', 'soruce=profile', 'key=nowhere'])(
    'refuses "%s", and makes no run',
    async (selector) => {
      const jobs = buildJobs();
      const verbs = verbsOf(jobs);
      await expect(verbs.warm(request({ selector }), 'api')).rejects.toMatchObject({
        code: 'E_SELECTOR_INVALID',
      });
      expect((await verbs.runs(10, undefined)).runs).toEqual([]);
      expect(jobs.added).toEqual([]);
    },
  );

  test.each([{ limit: 0 }, { limit: -1 }, { limit: 0.5 }, { deadline: 0 }])(
    'refuses %o, which is not "all", and makes no run',
    async (change) => {
      const jobs = buildJobs();
      const [place = ''] = Object.keys(change);
      await expect(verbsOf(jobs).warm(change, 'library')).rejects.toMatchObject({
        code: 'E_REQUEST_INVALID',
        message: expect.stringContaining(place),
      });
      expect((await jobs.runs.list(10, undefined)).runs).toEqual([]);
    },
  );

  test('of everything is done by workers, and ends warm in every tier', async () => {
    const jobs = buildLiveJobs();
    const verbs = verbsOf(jobs);
    await startWorkers(jobs);
    const { run } = await verbs.warm(request(), 'cli');
    await endOfRun(jobs, run.id);
    const warm = { warm: 10, total: 10 };
    expect(runView.parse(await verbs.run(run.id))).toMatchObject({
      ...{ state: 'ended', endedReason: 'finished', counts: { warmed: 10 }, pending: 0 },
      coverage: { memory: warm, redis: warm, disk: warm },
    });
  });
});

describe('runs', () => {
  test('lists the newest first, in pages that cover all', async () => {
    const jobs = buildJobs();
    const verbs = verbsOf(jobs);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await verbs.warm(request({ id }), 'cli');
      await jobs.clock.advance(1_000);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await verbs.runs(2, cursor);
      for (const run of page.runs) seen.push(runView.parse(run).id);
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test('a run that does not exist is not found, whatever is asked of it', async () => {
    const verbs = verbsOf(buildJobs());
    const missing = { code: 'E_NOT_FOUND', message: expect.stringContaining('run "nobody" does not exist') };
    await expect(verbs.run('nobody')).rejects.toMatchObject(missing);
    await expect(verbs.stopRun('nobody')).rejects.toMatchObject(missing);
    const watching = verbs.watchRun('nobody', NEVER)[Symbol.asyncIterator]();
    await expect(watching.next()).rejects.toMatchObject(missing);
  });
});

describe('stopping a run', () => {
  test('cancels what is pending and says so once', async () => {
    const { jobs, verbs } = await made();
    await jobs.planner.plan('r1', NEVER);
    await doJob(jobs, warmChunk(0));
    const stopped = await verbs.stopRun('r1');
    expect(runView.parse(stopped)).toMatchObject({
      ...{ state: 'ended', endedReason: 'stopped', pending: 0, counts: { warmed: 4, cancelled: 6 } },
    });
    await expect(verbs.stopRun('r1')).rejects.toMatchObject({
      code: 'E_CONFLICT',
      message: 'run "r1" has ended already (stopped); there is nothing to stop',
    });
    const told = jobs.log.seen.filter(({ name }) => name === 'run:ended');
    expect(told.map(({ payload }) => payload)).toEqual([{ run: 'r1', reason: 'stopped' }]);
  });

  test('that is not planned yet leaves nothing to plan', async () => {
    const { jobs, verbs } = await made();
    await verbs.stopRun('r1');
    await jobs.planner.plan('r1', NEVER);
    expect(await current(jobs)).toMatchObject({ state: 'ended', total: 0 });
  });
});

describe('watching a run', () => {
  /** What a watcher sees, until the run ends or it looks away. */
  async function watch({ jobs, verbs }: { jobs: Jobs; verbs: ReturnType<typeof verbsOf> }, signal = NEVER) {
    const seen: RunView[] = [];
    for await (const view of verbs.watchRun('r1', signal)) seen.push(view);
    expect(jobs.clock.timers).toBe(0);
    return seen;
  }

  test('shows each change until the end, and each revision once', async () => {
    const given = await made();
    const { jobs } = given;
    const watching = watch(given);
    const steps = async () => {
      await jobs.planner.plan('r1', NEVER);
      for (let n = 0; n < 3; n += 1) await doJob(jobs, warmChunk(n));
      await doJob(jobs, { step: 'verify', run: 'r1' });
    };
    const [seen] = await drive(jobs.clock, Promise.all([watching, steps()]), 250);
    expect(seen[0]?.state).toBe('planning');
    expect(seen.at(-1)).toMatchObject({ state: 'ended', counts: { warmed: 10 } });
    // One that does not go on is shown again with what it waits for.
    const revisions = seen.filter(({ waits }) => waits.length === 0).map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  });

  test('of a run that has ended shows it once', async () => {
    const given = await made();
    await given.verbs.stopRun('r1');
    expect(await watch(given)).toMatchObject([{ state: 'ended' }]);
  });

  test('ends when the watcher looks away', async () => {
    const given = await made();
    const away = new AbortController();
    const watching = watch(given, away.signal);
    await given.jobs.clock.advance(1_000);
    away.abort();
    const [first, ...more] = await watching;
    expect(first).toMatchObject({ state: 'planning', waits: [] });
    // Perhaps once more, with what it waits for: nobody works on it.
    expect(more.map(({ waits }) => waits[0]?.for)).toEqual(more.map(() => 'worker'));
  });
});
