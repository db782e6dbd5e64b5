import { describe, expect, it } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { KEEPS_ALL } from '../../../src/tiers/retention.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { RedisRepairs } from '../../../src/tiers/stack/redis-repairs.ts';
import type { Repairs, RepairTarget } from '../../../src/tiers/stack/repairs.ts';
import { expectEntry, getOne, put, SIGNAL } from '../../contract/tier.steps.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { createStack } from '../../support/stack.ts';

function targetOf(name: string, reach: 'process' | 'host' | 'shared'): RepairTarget {
  return { name, traits: { durable: true, reach, maxBodyBytes: 1, keeps: KEEPS_ALL } };
}

const DISK = targetOf('disk', 'host');
const REDIS = targetOf('redis', 'shared');
const MEMORY = targetOf('memory', 'process');

async function redisRepairs(
  options: { readonly prefix?: string; readonly host?: string; readonly bound?: number } = {},
) {
  const { prefix = uniquePrefix(), host = 'one', bound = 1_000 } = options;
  const redis = connectRedis();
  await redis.ping();
  const repairs = new RedisRepairs({ redis, prefix, host, events: new Events(), bound });
  return { redis, prefix, repairs };
}

const keysOf = async (repairs: Repairs, tier: RepairTarget, limit = 100) =>
  (await repairs.list(tier, limit)).map(({ key }) => key);

describe.each([
  ['in memory', async (bound: number): Promise<Repairs> => new MemoryRepairs({ bound })],
  ['in Redis', async (bound: number): Promise<Repairs> => (await redisRepairs({ bound })).repairs],
])('repairs %s', (_, create) => {
  it('keep notes, by tier, the oldest first, until they are done', async () => {
    const repairs = await create(1_000);
    await repairs.record(DISK, ['c', 'b']);
    await repairs.record(DISK, ['a', 'b']);
    await repairs.record(MEMORY, ['m']);
    expect(await repairs.count(DISK)).toBe(3);
    expect((await keysOf(repairs, DISK))[0]).toBe('c');
    expect(await keysOf(repairs, DISK, 1)).toHaveLength(1);
    await repairs.remove(DISK, await repairs.list(DISK, 10));
    expect([await repairs.count(DISK), await repairs.count(MEMORY), await repairs.count(REDIS)]).toEqual([
      0, 1, 0,
    ]);
  });

  it('do not strike out what was noted again after it was taken', async () => {
    const repairs = await create(1_000);
    await repairs.record(DISK, ['a', 'b']);
    const taken = await repairs.list(DISK, 10);
    await repairs.record(DISK, ['b']);
    await repairs.remove(DISK, taken);
    expect(await keysOf(repairs, DISK)).toEqual(['b']);
  });

  it('forget the oldest beyond their bound', async () => {
    const repairs = await create(5);
    for (let i = 0; i < 8; i += 1) await repairs.record(DISK, [`k${i}`]);
    expect(await keysOf(repairs, DISK)).toEqual(['k3', 'k4', 'k5', 'k6', 'k7']);
  });

  it('take any number of keys', async () => {
    const repairs = await create(10_000);
    await repairs.record(
      DISK,
      Array.from({ length: 2_500 }, (_, i) => `k${i}`),
    );
    const notes = await repairs.list(DISK, 10_000);
    expect(notes).toHaveLength(2_500);
    await repairs.remove(DISK, notes);
    expect(await repairs.count(DISK)).toBe(0);
  });
});

describe('repairs in Redis', () => {
  it('are shared by everyone for a shared tier, by a host for its own, and by nobody for memory', async () => {
    const { prefix, repairs } = await redisRepairs({ host: 'one' });
    for (const tier of [REDIS, DISK, MEMORY]) await repairs.record(tier, ['k']);
    const sameHost = (await redisRepairs({ prefix, host: 'one' })).repairs;
    const otherHost = (await redisRepairs({ prefix, host: 'two' })).repairs;
    const counts = (of: Repairs) => Promise.all([REDIS, DISK, MEMORY].map((tier) => of.count(tier)));
    expect(await counts(repairs)).toEqual([1, 1, 1]);
    expect(await counts(sameHost), 'as after a crash').toEqual([1, 1, 0]);
    expect(await counts(otherHost)).toEqual([1, 0, 0]);
  });

  it('keep notes here while Redis is out of reach, and hand them over when it is back', async () => {
    const { redis, prefix, repairs } = await redisRepairs();
    redis.disconnect();
    await expect.poll(() => redis.status).toBe('end');
    await repairs.record(DISK, ['k']);
    await redis.connect();
    expect(await repairs.count(DISK)).toBe(1);
    expect(await keysOf(repairs, DISK)).toEqual(['k']);
    expect(await (await redisRepairs({ prefix })).repairs.count(DISK)).toBe(1);
  });
});

describe('the repair of a stack', () => {
  it('writes what a tier missed from the others, values and tombstones, and says so', async () => {
    const { stack, redis, log } = createStack();
    await put(stack, entryOf('dropped', 'old', { stamp: 1 }));
    redis.chaos.down = true;
    const missed = [entryOf('a', 'a'), entryOf('b', 'b', { kind: 'absent' }), tombstoneOf('dropped', 2)];
    await put(stack, ...missed);
    expect(await stack.repair(SIGNAL), 'it is still down').toBe(0);
    redis.chaos.down = false;
    expect(await stack.repair(SIGNAL)).toBe(3);
    for (const entry of missed) await expectEntry(redis, entry);
    expect(log.seen).toEqual([{ name: 'tier:repaired', payload: { tier: 'redis', keys: 3, left: 0 } }]);
    expect(await stack.repair(SIGNAL), 'nothing is left').toBe(0);
  });

  it('never puts an older entry over a newer one', async () => {
    const { stack, redis } = createStack();
    redis.chaos.down = true;
    await put(stack, entryOf('k', 'older', { stamp: 1 }));
    redis.chaos.down = false;
    const newer = entryOf('k', 'newer', { stamp: 2 });
    await put(redis, newer);
    await stack.repair(SIGNAL);
    await expectEntry(redis, newer);
  });

  it('takes the newest of what the other tiers hold', async () => {
    const { stack, memory, redis, disk, repairs } = createStack();
    const newest = entryOf('k', 'newest', { stamp: 3 });
    await put(memory, newest);
    await put(disk, entryOf('k', 'older', { stamp: 2 }));
    await repairs.record(redis, ['k']);
    await stack.repair(SIGNAL);
    await expectEntry(redis, newest);
  });

  it('asks a tier that is still down one thing, and the others nothing', async () => {
    const { stack, redis, disk, repairs } = createStack();
    redis.chaos.down = true;
    await repairs.record(
      redis,
      Array.from({ length: 1_000 }, (_, i) => `k${i}`),
    );
    const before = [redis.calls, disk.calls];
    await stack.repair(SIGNAL);
    expect([redis.calls, disk.calls]).toEqual([(before[0] ?? 0) + 1, before[1]]);
  });

  it('strikes out keys that no tier has any more, but not those that may be in a tier that is down', async () => {
    const { stack, redis, disk, repairs } = createStack();
    await repairs.record(redis, ['nowhere']);
    disk.chaos.down = true;
    expect(await stack.repair(SIGNAL)).toBe(0);
    expect(await repairs.count(redis)).toBe(1);
    disk.chaos.down = false;
    expect(await stack.repair(SIGNAL)).toBe(1);
    expect(await repairs.count(redis)).toBe(0);
  });

  it('goes through any number of notes', async () => {
    const { stack, redis, log } = createStack();
    redis.chaos.down = true;
    const entries = Array.from({ length: 1_200 }, (_, i) => entryOf(`k:${i}`, `${i}`));
    await put(stack, ...entries);
    redis.chaos.down = false;
    expect(await stack.repair(SIGNAL)).toBe(1_200);
    expect(log.seen.map(({ payload }) => payload)).toMatchObject([{ left: 700 }, { left: 200 }, { left: 0 }]);
    expect(await getOne(redis, 'k:1199')).toBeDefined();
  });
});
