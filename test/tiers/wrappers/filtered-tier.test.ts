import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { KEEPS_ALL, type Retention, retentionOf } from '../../../src/tiers/retention.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import { FilteredTier } from '../../../src/tiers/wrappers/filtered-tier.ts';
import {
  expectEntry,
  extendOf,
  getOne,
  put,
  putOf,
  SIGNAL,
  scanKeys,
  write,
} from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { GOOD, loadText, problemsOf } from '../../support/settings.ts';

const NONE_OF_B: Retention = { uses: (key) => !key.startsWith('b:'), ttl: Number.POSITIVE_INFINITY };
const LATER = FETCHED_AT + 1e9;

function setup(keeps: Retention) {
  const clock = new FakeClock(FETCHED_AT);
  const inner = new ChaosTier({ tier: new MemoryTier({ maxSize: 16e6, clock }), clock });
  return { clock, inner, tier: new FilteredTier({ tier: inner, keeps, clock }) };
}

/** Two tiers that outlive the process, as far as the stack knows; the far one keeps nothing of `b:`. */
function stackOf(farKeeps: Retention) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const backing = (name: string): ChaosTier => {
    const chaos = new ChaosTier({ tier: new MemoryTier({ name, maxSize: 1e6, clock }), clock });
    Object.assign(chaos, { traits: { ...chaos.traits, durable: true, reach: 'shared' } });
    return chaos;
  };
  const [near, store] = [backing('near'), backing('far')];
  const far = farKeeps === KEEPS_ALL ? store : new FilteredTier({ tier: store, keeps: farKeeps, clock });
  const repairs = new MemoryRepairs({ bound: 100 });
  const stack = new TieredStack({ tiers: [near, far], clock, events, repairs });
  onTestFinished(() => stack.close());
  return { clock, stack, near, store, repairs };
}

describe('a tier that some sources do not use', () => {
  it('forgets what is dropped meanwhile, so that it does not come back when they use it again', async () => {
    const { clock, inner, tier } = setup(NONE_OF_B);
    await put(inner, entryOf('b:1', 'dropped', { stamp: 1 }), entryOf('b:2', 'stays', { stamp: 1 }));
    expect(await write(tier, putOf(tombstoneOf('b:1', 2)))).toBe('not-kept');
    const again = new FilteredTier({ tier: inner, keeps: KEEPS_ALL, clock });
    expect((await getOne(again, 'b:1'))?.head.kind).toBe('dropped');
    expect((await getOne(again, 'b:2'))?.head.kind).toBe('value');
  });

  it('is not asked for their keys, nor given them', async () => {
    const { inner, tier } = setup(NONE_OF_B);
    expect(await tier.getMany(['b:1', 'b:2'], 'entry', SIGNAL)).toEqual([undefined, undefined]);
    expect(await write(tier, putOf(entryOf('b:1', 'x')))).toBe('not-kept');
    expect(await write(tier, extendOf(entryOf('b:1', 'x'), 9, 1))).toBe('not-kept');
    expect(inner.calls).toBe(0);
  });

  it('returns each verdict and each entry of a mixed batch in its place', async () => {
    const { tier } = setup(NONE_OF_B);
    const keys = ['b:1', 'a:1', 'b:2', 'a:2', 'b:1'];
    expect(
      await tier.putMany(
        keys.map((key) => putOf(entryOf(key, key))),
        SIGNAL,
      ),
    ).toEqual([...['not-kept', 'written', 'not-kept', 'written', 'not-kept']]);
    const found = await tier.getMany(['a:2', ...keys, 'a:1'], 'entry', SIGNAL);
    expect(found.map((entry) => entry?.head.key)).toEqual([
      ...['a:2', undefined, 'a:1', undefined, 'a:2', undefined, 'a:1'],
    ]);
  });

  it('shows nothing of them that it held before', async () => {
    const { inner, tier } = setup(NONE_OF_B);
    await put(inner, entryOf('b:1', 'left'), entryOf('a:1', 'kept'));
    expect(await getOne(tier, 'b:1')).toBeUndefined();
    expect(await scanKeys(tier, '')).toEqual(['a:1']);
  });

  it('lacks nothing of them: a run is covered, and nothing is copied there', async () => {
    const { stack, near, store } = stackOf(NONE_OF_B);
    await put(stack, entryOf('a:1', 'x'), entryOf('b:1', 'x'));
    expect(await scanKeys(store, '')).toEqual(['a:1']);
    expect((await stack.survey(['a:1', 'b:1'], SIGNAL)).map(({ lacking }) => lacking)).toEqual([[], []]);
    await put(near, entryOf('a:2', 'x'), entryOf('b:2', 'x'));
    expect(await stack.fill(['a:2', 'b:2'], SIGNAL)).toBe(1);
    expect(await scanKeys(store, '')).toEqual(['a:1', 'a:2']);
  });

  it('differs from one that lost them: there they are lacking', async () => {
    const { stack, near } = stackOf(KEEPS_ALL);
    await put(near, entryOf('b:1', 'x'));
    expect((await stack.survey(['b:1'], SIGNAL))[0]?.lacking).toEqual(['far']);
  });

  it('does not get them by repair', async () => {
    const { stack, near, store, repairs } = stackOf(NONE_OF_B);
    store.chaos.down = true;
    const verdicts = await stack.writeThrough(
      [putOf(entryOf('a:1', 'x')), putOf(entryOf('b:1', 'x'))],
      SIGNAL,
    );
    expect(verdicts.verdicts).toEqual(['written', 'written']);
    store.chaos.down = false;
    await stack.repair(SIGNAL);
    expect(await scanKeys(store, '')).toEqual(['a:1']);
    expect(await repairs.count(store)).toBe(0);
    await expectEntry(near, entryOf('b:1', 'x'));
  });

  it('does not count as one that took a write, where those that keep it failed', async () => {
    const { stack, near } = stackOf(NONE_OF_B);
    near.chaos.down = true;
    expect(await stack.putMany([putOf(entryOf('b:1', 'x')), putOf(entryOf('a:1', 'x'))], SIGNAL)).toEqual([
      ...['not-kept', 'written'],
    ]);
  });
});

describe('a tier that keeps entries for some time', () => {
  const hour: Retention = { uses: () => true, ttl: 3_600_000 };

  it('counts from when the origin last confirmed them, and takes nothing older', async () => {
    const { clock, tier } = setup(hour);
    const entry = entryOf('k', 'x', { goneAt: LATER });
    await put(tier, entry, tombstoneOf('t', 5, { goneAt: LATER }));
    await clock.advance(3_599_999);
    await expectEntry(tier, entry);
    await clock.advance(1);
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(await scanKeys(tier, '')).toEqual(['t']);
    expect(await write(tier, putOf(entryOf('old', 'x', { goneAt: LATER })))).toBe('not-kept');
    expect(await write(tier, extendOf(entry, entry.head.stamp + 1, 3_600_000))).toBe('written');
    expect(await getOne(tier, 'k')).toBeDefined();
  });

  it('keeps tombstones longer, since they hold older writes off', async () => {
    const { clock, tier } = setup(hour);
    await put(tier, tombstoneOf('k', 5, { goneAt: LATER }));
    await clock.advance(7_200_000);
    const late = entryOf('k', 'late', { stamp: 4, goneAt: LATER, checkedAt: FETCHED_AT + 7_200_000 });
    expect(await write(tier, putOf(late))).toBe('superseded');
  });

  it('lacks nothing that is older', async () => {
    const { clock, stack, store } = stackOf(hour);
    await put(stack, entryOf('k', 'x', { goneAt: LATER }));
    await clock.advance(3_600_000);
    expect((await stack.survey(['k'], SIGNAL))[0]?.lacking).toEqual([]);
    await store.sweep(LATER + 1, 10, SIGNAL);
    expect(await getOne(stack, 'k')).toBeDefined();
    expect(await stack.fill(['k'], SIGNAL)).toBe(0);
  });
});

describe('what is older than a tier keeps it leaves', () => {
  it('memory: when it is read, and by itself', async () => {
    const clock = new FakeClock(FETCHED_AT);
    const tier = new MemoryTier({ maxSize: 1e6, clock, ttl: 1_000 });
    await put(tier, entryOf('a', 'x'), entryOf('b', 'x'));
    expect(tier.peek('a')).toBeDefined();
    await clock.advance(1_000);
    expect(tier.peek('a')).toBeUndefined();
    expect((await tier.usage(SIGNAL)).entries).toBe(1);
    await put(tier, entryOf('c', 'x', { checkedAt: FETCHED_AT + 1_000 }));
    expect(await scanKeys(tier, '')).toEqual(['c']);
  });

  it('Redis: by its own clock, tombstones when they are gone', async () => {
    const [redis, prefix] = [connectRedis(), `${uniquePrefix()}:`];
    const tier = new RedisTier({ redis, prefix, events: new Events(), ttl: 1_000 });
    const entry = entryOf('k', 'x');
    await put(tier, entry, tombstoneOf('t', 5), entryOf('soon', 'x', { goneAt: FETCHED_AT + 10 }));
    expect(await redis.pexpiretime(`${prefix}k`)).toBe(FETCHED_AT + 1_000);
    expect(await redis.pexpiretime(`${prefix}t`)).toBe(FETCHED_AT + 600_000);
    expect(await redis.pexpiretime(`${prefix}soon`)).toBe(FETCHED_AT + 10);
    await write(tier, extendOf(entry, entry.head.stamp, 5_000));
    expect(await redis.pexpiretime(`${prefix}k`)).toBe(FETCHED_AT + 6_000);
  });

  it('disk: when it is swept', async () => {
    const clock = new FakeClock(FETCHED_AT);
    const path = join(temporaryFolder(), 'cache.db');
    const tier = new DiskTier({
      path,
      maxSize: 1e8,
      timeout: 2_000,
      clock,
      events: new Events(),
      ttl: 1_000,
    });
    onTestFinished(() => tier.close());
    const fresh = entryOf('fresh', 'x', { checkedAt: FETCHED_AT + 1 });
    await put(
      tier,
      entryOf('old', 'x'),
      fresh,
      tombstoneOf('t', 5),
      entryOf('gone', 'x', { goneAt: FETCHED_AT }),
    );
    expect((await tier.sweep(FETCHED_AT + 1_000, 10, SIGNAL)).removed).toBe(2);
    expect(await scanKeys(tier, '')).toEqual(['fresh', 't']);
  });
});

describe('what the settings let tiers keep', () => {
  const yaml = `${GOOD}tiers: { memory: { ttl: 1m } }\n`;

  it('is everything, where neither a source nor a ttl says otherwise', async () => {
    const settings = await loadText(yaml);
    expect(retentionOf(settings, 'redis', settings.tiers.redis.ttl)).toBeUndefined();
    expect(retentionOf(settings, 'memory', settings.tiers.memory.ttl)).toMatchObject({ ttl: 60_000 });
  });

  it('leaves out the keys of sources that name other tiers', async () => {
    const settings = await loadText(GOOD.replace('key: "profile', 'tiers: [redis], key: "profile'));
    expect(retentionOf(settings, 'redis')).toBeUndefined();
    expect(retentionOf(settings, 'disk')?.uses('profile:1')).toBe(false);
    expect(retentionOf(settings, 'disk')?.uses('forewarm-doctor-probe')).toBe(true);
  });

  it('is no source without a tier that outlives the process', async () => {
    const alone = GOOD.replace('key: "profile', 'tiers: [memory, s3], key: "profile');
    expect(await problemsOf(alone)).toEqual([
      expect.stringContaining('sources.profile.tiers: names no tier that is on and outlives a process'),
    ]);
  });
});

describeTier('memory, behind one that keeps all', { create: () => ({ tier: setup(KEEPS_ALL).tier }) });
