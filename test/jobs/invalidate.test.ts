import { describe, expect, onTestFinished, test } from 'vitest';
import type { Head, Stamp } from '../../src/core/entry.ts';
import { freshnessAt } from '../../src/core/freshness.ts';
import type { Invalidate } from '../../src/jobs/invalidate.ts';
import { MemoryTier } from '../../src/tiers/memory.ts';
import { RedisBus } from '../../src/tiers/redis-bus.ts';
import { buildJobs, connector, type Jobs } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { uniquePrefix } from '../support/redis.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { bodies, expected, inTiers, NEVER, ONE, warm } from './warm.steps.ts';

const [KEY = ''] = ONE;
const SOURCE = sourceWith();
const context = { id: 'job', attempt: 1, signal: NEVER };

/** A key that is warm since ten seconds. */
async function warmed(keys = ONE): Promise<Jobs> {
  const jobs = buildJobs();
  await expected(jobs, keys);
  await warm(jobs, { keys });
  await jobs.clock.advance(10_000);
  return jobs;
}

/** Invalidates the key now; answers the stamp. */
async function invalidate(jobs: Jobs, mode: 'drop' | 'stale', keys = ONE): Promise<Stamp> {
  const stamp = await jobs.ledger.stamp('markets');
  await jobs.invalidate.apply(SOURCE, keys, mode, stamp, NEVER);
  return stamp;
}

/** What a reader gets: the body, or undefined for a miss. */
async function read(jobs: Jobs, key = KEY): Promise<string | undefined> {
  const [entry] = await jobs.stack.getMany([key], 'entry', NEVER);
  return entry === undefined || entry.head.kind === 'dropped'
    ? undefined
    : Buffer.from(entry.body).toString();
}

const put = (stamp: Stamp, text: string) =>
  ({ kind: 'put', entry: entryOf(KEY, text, { stamp, fetchedAt: stamp / 1_000 }) }) as const;

describe('dropping a key', () => {
  test('hides it from every reader, and makes it due', async () => {
    const jobs = await warmed();
    expect(await read(jobs)).toBe(`"${KEY}"`);
    const stamp = await invalidate(jobs, 'drop');
    expect(await read(jobs)).toBeUndefined();
    for (const entry of await inTiers(jobs)) {
      if (entry !== undefined) expect(entry.head).toMatchObject({ kind: 'dropped', stamp });
    }
    expect((await jobs.catalog.look('profile', ONE))[0]?.dueAt).toBe(jobs.clock.now());
  });

  test('holds against a fetch that began before it and is written after it', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'drop');
    expect(await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER)).toEqual(['superseded']);
    expect(await read(jobs)).toBeUndefined();
  });

  test('gives way to a fetch that began after it', async () => {
    const jobs = await warmed();
    await invalidate(jobs, 'drop');
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test('does not touch a value that was fetched after it, when its job does it again', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'drop');
    jobs.origin.answerEach(() => bodyOf('"new"'));
    await warm(jobs);
    const work = { selector: `key=${KEY}`, mode: 'drop', stamps: { markets: stamp } } as const;
    for (let i = 0; i < 2; i += 1) {
      expect(await jobs.invalidate.run(jobs.invalidate.parse(work), context)).toEqual({ kind: 'done' });
    }
    expect(await bodies(jobs)).toEqual(['"new"', '"new"', '"new"']);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'already-warm' });
  });

  test('reaches the tiers that answer while another one is down, and that one once it is back', async () => {
    const jobs = await warmed();
    jobs.shared.chaos.down = true;
    await invalidate(jobs, 'drop');
    expect(await read(jobs)).toBeUndefined();
    jobs.shared.chaos.down = false;
    await jobs.stack.repair(NEVER);
    const [held] = await jobs.shared.getMany(ONE, 'head', NEVER);
    expect(held?.head.kind).toBe('dropped');
  });

  test('is not acknowledged while no lasting tier takes it', async () => {
    const jobs = await warmed();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(invalidate(jobs, 'drop')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  });
});

describe('making a key stale', () => {
  test('lets readers have the old value, which is not warm any more, and makes it due', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'stale');
    expect(await bodies(jobs)).toEqual(new Array(3).fill(`"${KEY}"`));
    for (const entry of await inTiers(jobs)) {
      expect(entry?.head).toMatchObject({ stamp, fetchedAt: FETCHED_AT, checkedAt: FETCHED_AT });
      expect(entry && freshnessAt(entry.head, jobs.clock.now())).toBe('stale');
    }
    expect((await jobs.catalog.look('profile', ONE))[0]?.dueAt).toBe(jobs.clock.now());
    jobs.origin.answerEach(() => bodyOf('"new"'));
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(await bodies(jobs)).toEqual(['"new"', '"new"', '"new"']);
  });

  test('never lets a value live longer than it would have', async () => {
    const jobs = await warmed();
    await jobs.clock.advance(500_000);
    const before = await inTiers(jobs);
    await invalidate(jobs, 'stale');
    const after = await inTiers(jobs);
    after.forEach((entry, i) => {
      expect(entry?.head.goneAt).toBe(before[i]?.head.goneAt);
      expect(entry?.head.staleAt).toBe(entry?.head.checkedAt);
    });
  });

  test('holds against a slow, older write: readers go on having the old value', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'stale');
    expect(await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER)).toEqual(['superseded']);
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test('of a key that nothing is stored of keeps a slow, older write out', async () => {
    const jobs = buildJobs();
    const stamp = await invalidate(jobs, 'stale');
    await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER);
    expect(await read(jobs)).toBeUndefined();
  });

  test('does not touch a newer value', async () => {
    const jobs = await warmed();
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.stack.putMany([put(stamp + 5, '"newer"')], NEVER);
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stamp, NEVER);
    const [entry] = await jobs.stack.getMany(ONE, 'entry', NEVER);
    expect(entry?.head.stamp).toBe(stamp + 5);
  });

  test('sends readers past an old value in memory to a newer one below', async () => {
    const jobs = await warmed();
    const stamp = await jobs.ledger.stamp('markets');
    const [, ...lasting] = jobs.stack.tiers;
    for (const tier of lasting) await tier.putMany([put(stamp + 5, '"newer"')], NEVER);
    expect(await read(jobs)).toBe(`"${KEY}"`);
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stamp, NEVER);
    expect(await read(jobs)).toBe('"newer"');
  });
});

describe('other processes', () => {
  test.each(['drop', 'stale'] as const)('hear of it and act on their own memory: %s', async (mode) => {
    const jobs = await warmed();
    const theirs = new MemoryTier({ maxSize: 1e6, clock: jobs.clock });
    const entries = await jobs.disk.getMany(ONE, 'entry', NEVER);
    await theirs.putMany(
      entries.flatMap((entry) => (entry === undefined ? [] : [{ kind: 'put', entry }])),
      NEVER,
    );
    const sender = uniquePrefix();
    const bus = new RedisBus({ ...jobs, connect: connector(), sender, tiers: [theirs] });
    await bus.start();
    onTestFinished(() => bus.stop());
    await invalidate(jobs, mode);
    const heads = () => theirs.getMany(ONE, 'head', NEVER);
    const isStale = (head: Head) => freshnessAt(head, jobs.clock.now()) === 'stale';
    const [held] = await until('the message', heads, ([entry]) => entry !== undefined && isStale(entry.head));
    expect(held?.head.kind).toBe(mode === 'drop' ? 'dropped' : 'value');
  });
});

describe('the job of an invalidation', () => {
  test('finishes what a process that died began: every key of the selector at the stamps it was given', async () => {
    const keys = keysOf(20);
    const jobs = await warmed(keys);
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.invalidate.apply(SOURCE, keys.slice(0, 7), 'drop', stamp, NEVER);
    const work = { selector: 'source=profile', mode: 'drop', stamps: { markets: stamp } } as const;
    await jobs.invalidate.run(work, context);
    for (const key of keys) expect(await read(jobs, key), key).toBeUndefined();
  });

  test('leaves the keys of an origin alone of which it has no stamp', async () => {
    const jobs = await warmed();
    await jobs.invalidate.run({ selector: 'source=profile', mode: 'drop', stamps: {} }, context);
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test.each([
    [{ selector: '', mode: 'gone', stamps: {} }],
    [{ selector: '', mode: 'drop' }],
    [{ mode: 'drop', stamps: {} }],
    [{ selector: '', mode: 'drop', stamps: { markets: 'now' } }],
  ])('does not take the payload %j', (payload) => {
    expect(() => buildJobs().invalidate.parse(payload)).toThrow();
  });
});

test('an invalidation that forgets its stamp is caught: the late write comes back', async () => {
  const jobs = await warmed();
  const forgetful: Invalidate['apply'] = (source, keys, mode, _, signal) =>
    jobs.invalidate.apply(source, keys, mode, 1, signal);
  const stamp = await jobs.ledger.stamp('markets');
  await forgetful(SOURCE, ONE, 'drop', stamp, NEVER);
  await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER);
  expect(await read(jobs)).toBe('"late"');
});
