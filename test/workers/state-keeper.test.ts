/** A jobs Redis that lost its data: it is noticed, said, and what is configured is warmed again. */
import { describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { tierRoundtrip } from '../../src/verbs/health/checks/tiers/roundtrip.ts';
import { StateKeeper } from '../../src/workers/state-keeper.ts';
import { endOfRun, startWorkers } from '../jobs/run.steps.ts';
import { buildLiveJobs } from '../support/build-jobs.ts';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { EventLog } from '../support/event-log.ts';
import { keysOf, marketsCsv } from '../support/sources.ts';
import { NEVER } from '../warming/warm.steps.ts';

type Live = ReturnType<typeof create>;

function create(entities = { markets: marketsCsv(10) }) {
  const jobs = buildLiveJobs({ entities });
  const events = new Events();
  const lost = new EventLog(events, ['state:lost']);
  let made = 0;
  const keeper = () =>
    new StateKeeper({
      ...jobs,
      events,
      every: 5_000,
      newId: () => {
        made += 1;
        return `mark${made}`;
      },
    });
  return { ...jobs, lost, keeper };
}

/** Everything of this installation leaves the jobs Redis, as by FLUSHALL. */
async function empty({ redis, prefix }: Live): Promise<void> {
  const keys = await redis.keys(`*${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function store(jobs: Live): Promise<void> {
  await jobs.catalog.track('profile', keysOf(10), jobs.clock.now());
  await fetchKeys(jobs, 10);
}

/** Without cataloguing them, as reads do. */
async function fetchKeys(jobs: Live, count: number): Promise<void> {
  const source = jobs.sources.get('profile');
  if (source === undefined) throw new Error('no source');
  const onEnded = async () => undefined;
  const options = { reason: 'force', since: 0 } as const;
  const task = { source, keys: keysOf(count), options, user: 'run', run: undefined, onEnded } as const;
  await jobs.warmer.warm({ ...task, signal: NEVER });
}

describe('a jobs Redis that is emptied while schedulers run', () => {
  test('is noticed by each of them, and one run warms again what is configured', async () => {
    const jobs = create();
    await startWorkers(jobs);
    const keepers = [jobs.keeper(), jobs.keeper()];
    for (const keeper of keepers) await keeper.look();
    await store(jobs);
    await empty(jobs);
    await Promise.all(keepers.map((keeper) => keeper.look()));
    const runs = new Set(jobs.lost.seen.map(({ payload }) => (payload as { run: string }).run));
    expect(runs.size).toBe(1);
    const [run = ''] = runs;
    expect(run).toMatch(/^rebuild-mark1-\d{8}$/);
    expect((await endOfRun(jobs, run)).total).toBe(10);
    expect((await jobs.catalog.size('profile', 0)).keys).toBe(10);
    expect(await jobs.stateMark.read()).toMatchObject({ run, lostAt: expect.any(Number) });
  });

  test('is told only once', async () => {
    const jobs = create();
    const keeper = jobs.keeper();
    await keeper.look();
    await empty(jobs);
    for (let i = 0; i < 3; i += 1) await keeper.look();
    expect(jobs.lost.seen).toHaveLength(1);
  });
});

describe('an installation in which nothing was warmed yet', () => {
  async function isNew(jobs: Live): Promise<void> {
    await jobs.keeper().look();
    expect(jobs.lost.seen).toEqual([]);
    expect(await jobs.stateMark.read()).toMatchObject({ lostAt: 0, run: '' });
  }

  test('has lost nothing after the doctor has written to its tiers', async () => {
    const jobs = create();
    await tierRoundtrip.examine(jobs as never, NEVER);
    await isNew(jobs);
  });

  test('has lost nothing where a doctor was killed in between, or something was invalidated', async () => {
    const jobs = create();
    const probe = entryOf('forewarm-doctor-probe', '', { source: 'doctor' });
    const left = [probe, tombstoneOf('profile:m1', 1_767_225_600_000_000)];
    await jobs.stack.writeThrough(
      left.map((entry) => ({ kind: 'put', entry })),
      NEVER,
      'refused',
    );
    await isNew(jobs);
  });

  test('has lost nothing after reads that fetched', async () => {
    const jobs = create();
    await fetchKeys(jobs, 3);
    await isNew(jobs);
  });
});

describe('a jobs Redis that was emptied while nobody ran', () => {
  test('is noticed, though a read fetched a value since', async () => {
    const jobs = create();
    await store(jobs);
    await empty(jobs);
    await fetchKeys(jobs, 1);
    await jobs.keeper().look();
    expect(jobs.lost.seen).toHaveLength(1);
  });

  test('is noticed at the start by what is still on disk', async () => {
    const jobs = create();
    await store(jobs);
    await empty(jobs);
    await jobs.keeper().look();
    expect(jobs.lost.seen).toHaveLength(1);
  });

  test('is not what a new installation looks like', async () => {
    const jobs = create();
    await jobs.keeper().look();
    await jobs.keeper().look();
    expect(jobs.lost.seen).toEqual([]);
    expect(await jobs.runs.active()).toEqual([]);
  });

  test('is not what an installation of before looks like, which has no mark', async () => {
    const jobs = create();
    await store(jobs);
    await jobs.keeper().look();
    expect(jobs.lost.seen).toEqual([]);
  });
});

test('without entity sets there is nothing to warm again, and that is said', async () => {
  const jobs = create({} as never);
  const keeper = jobs.keeper();
  await keeper.look();
  await empty(jobs);
  await keeper.look();
  expect(jobs.lost.seen).toEqual([{ name: 'state:lost', payload: { run: '' } }]);
  expect(await jobs.runs.active()).toEqual([]);
});
