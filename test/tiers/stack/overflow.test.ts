/** A tier that pushes out what it holds is told apart from one that lacks something, on a Redis whose memory is bounded. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { NEVER } from '../../../src/core/never.ts';
import { evictedKeys } from '../../../src/redis/info.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { startRedisServer } from '../../support/redis-server.ts';

const KEYS = Array.from({ length: 4_000 }, (_, i) => `k:${i}`);
const PAGE = 500;

/** Tells how many are put each time. */
function counted(tier: Tier, onPut: (keys: number) => void): Tier {
  const putMany: Tier['putMany'] = (writes, signal) => {
    onPut(writes.length);
    return tier.putMany(writes, signal);
  };
  return new Proxy(tier, {
    get(target, name) {
      if (name === 'putMany') return putMany;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** The upper tier over a disk that has room for all. */
function stackOver(
  upper: (events: Events, clock: FakeClock) => Tier,
  evicted?: { readonly count: () => Promise<number>; readonly onPut?: (keys: number) => void },
) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const log = new EventLog(events, ['tier:overflowing']);
  const disk = new DiskTier({
    ...{ path: join(temporaryFolder(), 'cache.db'), maxSize: 100e6, timeout: 2_000, clock, events },
    maxBodyBytes: 1e6,
  });
  let copied = 0;
  const tier = counted(upper(events, clock), (keys) => {
    copied += keys;
    evicted?.onPut?.(keys);
  });
  const repairs = new MemoryRepairs({ bound: 10_000 });
  const evictions = new Map(evicted === undefined ? [] : [[tier.name, evicted.count] as const]);
  const stack = new TieredStack({ tiers: [tier, disk], clock, events, repairs, evictions });
  onTestFinished(() => stack.close());
  const body = 'x'.repeat(600);
  const write = async (to: Pick<Tier, 'putMany'>) => {
    for (const page of pages()) {
      await to.putMany(
        page.map(
          (key) => ({ kind: 'put', entry: entryOf(key, body, { goneAt: FETCHED_AT + 86_400_000 }) }) as const,
        ),
        NEVER,
      );
    }
  };
  const store = () => write(stack);
  const held = async () => {
    const found = await tier.getMany(KEYS, 'head', NEVER);
    return found.filter((entry) => entry !== undefined).length;
  };
  const fill = async () => {
    const before = copied;
    for (const page of pages()) await stack.fill(page, NEVER);
    return copied - before;
  };
  return { clock, log, stack, store, write, held, fill, name: tier.name };
}

function pages(): string[][] {
  return Array.from({ length: KEYS.length / PAGE }, (_, i) => KEYS.slice(i * PAGE, (i + 1) * PAGE));
}

async function onRedis(policy: string) {
  const server = await startRedisServer({ more: ['--maxmemory', '3500kb', '--maxmemory-policy', policy] });
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.remove();
  });
  return {
    redis,
    ...stackOver((events) => new RedisTier({ redis, prefix: 'fw:', events }), {
      count: () => evictedKeys(redis),
    }),
  };
}

describe('a tier that does not hold what it is given', () => {
  test.each(['allkeys-lru', 'allkeys-random', 'allkeys-lfu', 'volatile-ttl'])(
    'is named, and not filled in a circle: Redis with %s',
    async (policy) => {
      const { stack, store, held, fill, log, clock, redis } = await onRedis(policy);
      await store();
      const before = await held();
      expect(before).toBeLessThan(0.9 * KEYS.length);
      expect(await fill()).toBeLessThan(3 * PAGE + 1);
      expect(stack.overflows('redis')).toBe(true);
      expect(log.seen).toHaveLength(1);
      expect(log.seen[0]?.payload).toMatchObject({ tier: 'redis' });
      expect(await fill()).toBe(0);
      // It was given more memory since, and is tried again after a while.
      await redis.config('SET', 'maxmemory', '0');
      await clock.advance(600_000);
      expect(stack.overflows('redis')).toBe(false);
      await fill();
      expect([await held(), stack.overflows('redis')]).toEqual([KEYS.length, false]);
    },
  );

  test('is named where it is the memory of a process', async () => {
    const { stack, store, fill, name } = stackOver((_, clock) => new MemoryTier({ maxSize: 1e6, clock }));
    await store();
    expect(await fill()).toBeLessThan(3 * PAGE + 1);
    expect(stack.overflows(name)).toBe(true);
    expect(await fill()).toBe(0);
  });
});

describe('a tier that only lacks something', () => {
  test('is filled when it was emptied, or lost some of its keys, however many', async () => {
    const { stack, store, held, fill, redis } = await onRedis('allkeys-lru');
    await redis.config('SET', 'maxmemory', '0');
    await store();
    await redis.flushall();
    expect(await fill()).toBe(KEYS.length);
    const some = KEYS.filter((_, i) => i % 3 === 0).map((key) => `fw:${key}`);
    await redis.del(some);
    expect(await fill()).toBe(some.length);
    expect([await held(), stack.overflows('redis')]).toEqual([KEYS.length, false]);
  });
});

test.each([
  ['as many as it is given', 1, true],
  ['a few, for somebody else', 0.1, false],
])('a server that pushes out %s, and none of the keys that are looked up', async (_, share, overflows) => {
  let evicted = 7;
  const { stack, write, log, name, fill } = stackOver(
    (_, clock) => new MemoryTier({ maxSize: 100e6, clock }),
    {
      count: async () => evicted,
      onPut: (keys) => {
        evicted += Math.ceil(keys * share);
      },
    },
  );
  // Only the disk has them, so all are copied.
  const [, disk] = stack.tiers;
  if (disk === undefined) throw new Error('no disk');
  await write(disk);
  await fill();
  expect(stack.overflows(name)).toBe(overflows);
  expect(log.seen).toHaveLength(overflows ? 1 : 0);
});
