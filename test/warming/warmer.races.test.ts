import { describe, expect, test } from 'vitest';
import { LONGEST_VALUE } from '../../src/core/key.ts';
import { invalidateIn } from '../../src/tiers/invalidation/invalidation.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { drive } from '../support/fake-clock.ts';
import { bodyOf, failing } from '../support/scripted-origin.ts';
import { keysOf, sourceWith, TTL } from '../support/sources.ts';
import { bodies, expected, inTiers, NEVER, ONE, warm } from './warm.steps.ts';

const [KEY = ''] = ONE;
const LATER = (FETCHED_AT + 60_000) * 1_000;

describe('a fetch that is overtaken by', () => {
  /** Warms the key while `meanwhile` happens between the call and its answer. */
  async function duringFetch(jobs: Jobs, meanwhile: () => Promise<unknown>) {
    const held = jobs.origin.hold();
    const warming = warm(jobs);
    await held.arrived();
    await meanwhile();
    held.release();
    return warming;
  }

  test('a drop cannot bring back what was dropped: the key is fetched again at once, under a new stamp', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    let dropped = 0;
    const { ended, unfinished, deferred } = await duringFetch(jobs, async () => {
      dropped = await jobs.ledger.stamp('markets');
      await jobs.stack.putMany([{ kind: 'put', entry: tombstoneOf(KEY, dropped) }], NEVER);
    });
    expect({ ended, unfinished, deferred }).toEqual({ ended: { [KEY]: 'warmed' }, unfinished: [] });
    expect(jobs.origin.calls).toHaveLength(2);
    for (const tier of [jobs.shared, jobs.disk]) {
      const [entry] = await tier.getMany(ONE, 'head', NEVER);
      expect(entry?.head.kind).toBe('value');
      expect(entry?.head.stamp).toBeGreaterThan(dropped);
    }
  });

  test('an end of its freshness is fetched again at once, and the old value stays until then', async () => {
    const jobs = buildJobs();
    await warm(jobs);
    await jobs.clock.advance(90_000);
    const { stack } = jobs;
    const heads = async (keys: readonly string[]) =>
      (await stack.survey(keys, NEVER)).map(({ newest }) => newest);
    const target = {
      heads,
      put: (writes: Parameters<typeof stack.putMany>[0]) => stack.putMany(writes, NEVER),
    };
    const { ended, unfinished } = await duringFetch(jobs, async () => {
      const stamp = await jobs.ledger.stamp('markets');
      const at = jobs.clock.now();
      await invalidateIn(target, { source: 'profile', keys: ONE, mode: 'stale', stamp, at });
    });
    expect({ ended, unfinished }).toEqual({ ended: { [KEY]: 'warmed' }, unfinished: [] });
    expect(jobs.origin.calls).toHaveLength(3);
  });

  test('every one of many invalidations is put off in the end, and never failed', async () => {
    const jobs = buildJobs();
    const { ended, unfinished, deferred } = await duringFetch(jobs, () =>
      jobs.stack.putMany([{ kind: 'put', entry: tombstoneOf(KEY, LATER) }], NEVER),
    );
    expect({ ended, unfinished }).toEqual({ ended: {}, unfinished: [] });
    expect(deferred).toMatchObject({ reason: 'it was invalidated each time while it was fetched' });
    expect(jobs.origin.calls).toHaveLength(10);
    expect((await jobs.stack.getMany(ONE, 'entry', NEVER))[0]?.head.kind ?? 'dropped').toBe('dropped');
  });

  test('a key that was made due meanwhile leaves it due', async () => {
    const jobs = buildJobs();
    await jobs.catalog.track('profile', ONE, FETCHED_AT + 600_000);
    await duringFetch(jobs, async () => {
      await jobs.clock.advance(5);
      await jobs.catalog.reschedule('profile', ONE, jobs.clock.now());
      await jobs.clock.advance(5);
    });
    expect((await jobs.catalog.get('profile', ONE))[0]?.dueAt).toBe(FETCHED_AT + 5);
  });

  test('a newer fetch leaves the newer value where it is, in every tier, and calls the key warm', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    const newer = entryOf(KEY, '"newer"', { stamp: LATER, dueAt: FETCHED_AT + 140_000 });
    const { ended } = await duringFetch(jobs, () =>
      jobs.stack.putMany([{ kind: 'put', entry: newer }], NEVER),
    );
    expect(ended).toEqual({ [KEY]: 'already-warm' });
    expect(await bodies(jobs)).toEqual(['"newer"', '"newer"', '"newer"']);
    expect((await jobs.catalog.get('profile', ONE))[0]?.dueAt).toBe(FETCHED_AT + 140_000);
  });
});

describe('tiers that fail', () => {
  test('all of them: the key did not end, and its value is not counted', async () => {
    const jobs = buildJobs();
    jobs.origin.answerEach(() => {
      jobs.shared.chaos.down = true;
      jobs.disk.chaos.down = true;
      return bodyOf('1');
    });
    const { ended, unfinished } = await warm(jobs);
    expect(ended).toEqual({});
    expect(unfinished).toEqual([
      { index: 0, reason: expect.stringContaining('no tier took it'), blameless: true },
    ]);
    expect((await jobs.registry.counts(['profile']))[0]?.warmed).toBe(0);
  });

  test('one of them: the key is warm in the others, and repaired without another call', async () => {
    const jobs = buildJobs();
    jobs.shared.chaos.down = true;
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    jobs.shared.chaos.down = false;
    await jobs.stack.repair(NEVER);
    const [, inRedis] = await inTiers(jobs);
    expect(inRedis?.head.fetchedAt).toBe(FETCHED_AT);
    expect(jobs.origin.calls).toHaveLength(1);
  });

  test('before anything is fetched: the task is rejected, and the origin is not called in vain', async () => {
    const jobs = buildJobs();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(warm(jobs)).rejects.toThrow(/no tier answered/);
    expect(jobs.origin.calls).toEqual([]);
  });
});

describe('an origin that', () => {
  test('is paused has the rest of the keys wait for it, and what it gave before is stored', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
    const retryAt = jobs.clock.now() + 30_000;
    jobs.origin.answer((requests) => {
      if (jobs.origin.calls.length > 2)
        failing('throttled', 'too many calls', retryAt)([], sourceWith(), NEVER);
      return requests.map(() => bodyOf('1'));
    });
    const { ended, unfinished, deferred } = await warm(jobs, { keys: keysOf(10) });
    expect(ended).toEqual({ 'profile:m0': 'warmed', 'profile:m1': 'warmed' });
    expect(unfinished).toEqual([]);
    expect(deferred).toEqual({ until: retryAt, reason: 'too many calls' });
    expect(jobs.origin.calls).toHaveLength(3);
  });

  test('gives no answer leaves the keys to be tried again', async () => {
    const jobs = buildJobs();
    jobs.origin.answer(failing('retryable', 'it timed out'));
    expect((await drive(jobs.clock, warm(jobs))).unfinished).toEqual([{ index: 0, reason: 'it timed out' }]);
    expect(jobs.origin.calls).toHaveLength(3);
  });
});

describe('a key that holds a hash', () => {
  const long = 'x'.repeat(LONGEST_VALUE + 1);
  const source = sourceWith({ template: 'profile:{market}:{lang}' });
  const params = { market: long, lang: 'en' };
  const key = source.key.build(params);

  test('is asked for by the params that the catalog remembers, and its entry carries them', async () => {
    const jobs = buildJobs({ sources: [source] });
    await jobs.catalog.remember('profile', new Map([[key, params]]));
    expect((await warm(jobs, { keys: [key] })).ended).toEqual({ [key]: 'warmed' });
    expect(jobs.origin.calls[0]?.requests[0]?.params).toEqual(params);
    for (const entry of await inTiers(jobs, key)) expect(entry?.head.params).toEqual(params);
  });

  test('is asked for by the params that its entry carries once the catalog has forgotten it', async () => {
    const jobs = buildJobs({ sources: [source] });
    await jobs.catalog.remember('profile', new Map([[key, params]]));
    await warm(jobs, { keys: [key] });
    await jobs.catalog.forget('profile', [key]);
    await jobs.clock.advance(TTL);
    expect((await warm(jobs, { keys: [key] })).ended).toEqual({ [key]: 'warmed' });
    expect(jobs.origin.calls[1]?.requests[0]?.params).toEqual(params);
  });

  test('fails without a call when nobody knows its params any more; the other keys are warmed', async () => {
    const jobs = buildJobs({ sources: [source] });
    const { ended } = await warm(jobs, { keys: [key, 'profile:m1:en'] });
    expect(ended[key]).toMatch(/^failed: its params are not known any more/);
    expect(ended['profile:m1:en']).toBe('warmed');
    expect(jobs.origin.asked).toEqual(['profile:m1:en']);
  });
});

describe('an abort', () => {
  test('lets no call begin any more, and stores what had been fetched', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 2 } });
    const stopping = new AbortController();
    jobs.origin.answerEach(({ key }) => {
      if (key === 'profile:m3') stopping.abort(new Error('stop'));
      return bodyOf('1');
    });
    await expect(warm(jobs, { keys: keysOf(20), signal: stopping.signal })).rejects.toThrow('stop');
    const asked = jobs.origin.asked.length;
    expect(asked).toBeLessThan(10);
    const stored = await jobs.disk.getMany(keysOf(20), 'head', NEVER);
    expect(stored.filter((entry) => entry !== undefined)).toHaveLength(asked);
    expect(jobs.ledger.out).toBe(0);
  });

  test('reaches the call that is under way, and leaves the task nothing to do afterwards', async () => {
    const jobs = buildJobs();
    const stopping = new AbortController();
    const held = jobs.origin.hold();
    const warming = warm(jobs, { keys: keysOf(20), signal: stopping.signal });
    await held.arrived();
    stopping.abort(new Error('stop'));
    await expect(warming).rejects.toThrow('stop');
    const { length } = jobs.origin.calls;
    await jobs.clock.advance(10_000);
    expect(jobs.origin.calls).toHaveLength(length);
    expect(jobs.ledger.out).toBe(0);
  });

  test('between two calls is not taken for the end of the task', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
    const stopping = new AbortController();
    const told = Promise.withResolvers<void>();
    jobs.origin.answer(failing('permanent', 'no such market'));
    const onEnded = async () => {
      // The only call has ended, and the next one has not begun.
      stopping.abort(new Error('stop'));
      told.resolve();
    };
    const warming = warm(jobs, { keys: keysOf(3), signal: stopping.signal, onEnded });
    await expect(warming).rejects.toThrow('stop');
    await told.promise;
    expect(jobs.origin.calls).toHaveLength(1);
  });
});

test('when endings cannot be recorded, the task is rejected and asks for nothing more', async () => {
  const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
  jobs.origin.answer(failing('permanent', 'no such market'));
  const onEnded = () => Promise.reject(new Error('the run store is away'));
  await expect(warm(jobs, { keys: keysOf(20), onEnded })).rejects.toThrow('the run store is away');
  expect(jobs.origin.calls).toHaveLength(1);
});
