import { describe, expect, test } from 'vitest';
import type { Run } from '../../../src/catalog/runs/runs.ts';
import { Errand } from '../../../src/flow/errand.ts';
import { RunWatch, WATCH_EVERY_MS, type WatchedRun } from '../../../src/verbs/runs/run-watch.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const run = (id: string, revision: number, state: Run['state'] = 'running') =>
  ({ id, revision, state, selector: '' }) as Run;

/** Nothing is configured, and nothing queued. */
const QUIET = {
  ...{ sources: new Map(), budgets: new Map() },
  queue: {
    lanes: async () => [],
    counts: () => Promise.reject(new Error('has no lane')),
    pending: async () => false,
  },
};

function setup(count = 1) {
  const clock = new FakeClock();
  const runs = new Map(Array.from({ length: count }, (_, i) => [`r${i}`, run(`r${i}`, 1)]));
  let reads = 0;
  const get = async (id: string) => {
    reads += 1;
    if (id === 'broken') throw new Error('Redis is away');
    return runs.get(id);
  };
  const nobody = { processes: async () => [] };
  const ledger = { state: () => Promise.reject(new Error('is not asked for')) };
  const watch = new RunWatch({ ...QUIET, clock, runs: { get }, registry: nobody, ledger });
  const follow = (id = 'r0', signal = new AbortController().signal) => watch.follow(run(id, 1), signal);
  return { clock, runs, follow, reads: () => reads };
}

/** The next view, once the first was taken. */
async function second(views: AsyncGenerator<WatchedRun>) {
  await views.next();
  const { done, value } = await views.next();
  return { done, value: value?.run, waits: value?.waits };
}

describe('watching runs', () => {
  test('reads each run once at a time, however many watch it', async () => {
    const { clock, runs, follow, reads } = setup();
    const waiting = Array.from({ length: 3_700 }, () => second(follow()));
    await clock.advance(4 * WATCH_EVERY_MS);
    expect(reads()).toBe(4);
    runs.set('r0', run('r0', 2, 'ended'));
    await clock.advance(WATCH_EVERY_MS);
    for (const { value } of await Promise.all(waiting)) expect(value).toMatchObject({ revision: 2 });
  });

  test('goes on for the others when nobody waits any more for the one that began it', async () => {
    const clock = new FakeClock();
    const given: boolean[] = [];
    const get = async () => {
      given.push(Errand.current()?.signal.aborted ?? true);
      return run('r0', 1);
    };
    const ledger = { state: () => Promise.reject(new Error('is not asked for')) };
    const registry = { processes: async () => [] };
    const watch = new RunWatch({ ...QUIET, clock, runs: { get }, registry, ledger });
    const views = () => watch.follow(run('r0', 1), new AbortController().signal);
    const first = new Errand();
    const waiting = [first.run(() => second(views())), second(views())];
    await clock.advance(0);
    first.giveUp(new Error('its client has left'));
    await clock.advance(WATCH_EVERY_MS);
    expect(given).toEqual([false]);
    expect(await Promise.race([...waiting, 'both wait'])).toBe('both wait');
  });

  test('reads no more than a hundred a second, however many are watched', async () => {
    const { clock, follow, reads } = setup(1_000);
    const views = Array.from({ length: 1_000 }, (_, i) => follow(`r${i}`));
    for (const each of views) await each.next();
    const before = reads();
    for (let i = 0; i < 240; i += 1) await clock.advance(WATCH_EVERY_MS);
    expect(reads() - before).toBeLessThanOrEqual(7_000);
    expect(reads() - before).toBeGreaterThan(4_000);
  });

  test('stops when nobody watches any more, and begins again for the next', async () => {
    const { clock, runs, follow } = setup();
    const away = new AbortController();
    const next = second(follow('r0', away.signal));
    await clock.advance(WATCH_EVERY_MS);
    away.abort();
    expect((await next).done).toBe(true);
    await clock.advance(0);
    expect(clock.timers).toBe(0);
    const again = second(follow());
    runs.set('r0', run('r0', 5));
    await clock.advance(WATCH_EVERY_MS);
    expect((await again).value).toMatchObject({ revision: 5 });
  });

  test('tells those who watch what cannot be read or is gone, and nobody else', async () => {
    const { clock, runs, follow } = setup(2);
    const broken = second(follow('broken'));
    const gone = second(follow('r1'));
    const well = second(follow('r0'));
    runs.delete('r1');
    runs.set('r0', run('r0', 2));
    const settled = Promise.allSettled([broken, gone, well]);
    await clock.advance(WATCH_EVERY_MS);
    expect(await settled).toMatchObject([
      { status: 'rejected', reason: { message: 'Redis is away' } },
      { status: 'rejected', reason: { code: 'E_NOT_FOUND' } },
      { status: 'fulfilled', value: { value: { revision: 2 } } },
    ]);
  });
});

describe('what a watched run waits for', () => {
  test('is told once it does not go on, and no longer when it does', async () => {
    const { clock, runs, follow } = setup();
    const views = follow();
    expect((await views.next()).value).toMatchObject({ waits: [] });
    const waiting = views.next();
    // The first look knows the run, and four more see no change.
    for (let i = 0; i < 5; i += 1) await clock.advance(WATCH_EVERY_MS);
    expect((await waiting).value?.waits).toMatchObject([{ for: 'worker' }]);
    const moved = views.next();
    runs.set('r0', run('r0', 2));
    await clock.advance(WATCH_EVERY_MS);
    expect((await moved).value).toMatchObject({ run: { revision: 2 }, waits: [] });
  });
});
