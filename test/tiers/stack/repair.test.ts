import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { RedisRepairs } from '../../../src/tiers/stack/redis-repairs.ts';
import { Repair } from '../../../src/tiers/stack/repair.ts';
import type { Repairs } from '../../../src/tiers/stack/repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { liar } from '../../contract/liar.ts';
import { BOUND, DISK, keysOf, MEMORY, REDIS, REPAIRS_CLAUSES } from '../../contract/repairs.ts';
import { describeContract } from '../../contract/suite.ts';
import { expectEntry, getOne, put, SIGNAL } from '../../contract/tier.steps.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { createStack } from '../../support/stack.ts';

async function redisRepairs(
  options: {
    readonly prefix?: string;
    readonly host?: string;
    readonly bound?: number;
    readonly unfinishedAfter?: number;
  } = {},
) {
  const { prefix = uniquePrefix(), host = 'one', bound = 1_000, unfinishedAfter = 60_000 } = options;
  const redis = connectRedis();
  const clock = new FakeClock();
  await redis.ping();
  const repairs = new RedisRepairs({
    redis,
    prefix,
    host,
    id: 'me',
    clock,
    events: new Events(),
    bound,
    unfinishedAfter,
  });
  return { redis, prefix, repairs, clock };
}

describeContract('the contract of repairs, in memory', REPAIRS_CLAUSES, () => ({
  repairs: new MemoryRepairs({ bound: BOUND }),
  cut: async () => undefined,
}));

describeContract('the contract of repairs, in Redis', REPAIRS_CLAUSES, async () => {
  const { redis, repairs } = await redisRepairs({ bound: BOUND });
  const cut = async () => {
    redis.disconnect();
    await expect.poll(() => redis.status).toBe('end');
  };
  return { repairs, cut };
});

describe('repairs in Redis', () => {
  it('are shared by everyone for a shared tier, by a host for its own, and by no other process for memory', async () => {
    const { prefix, repairs } = await redisRepairs({ host: 'one' });
    for (const tier of [REDIS, DISK, MEMORY]) await repairs.record(tier, ['k']);
    const sameHost = (await redisRepairs({ prefix, host: 'one' })).repairs;
    const otherHost = (await redisRepairs({ prefix, host: 'two' })).repairs;
    const counts = (of: Repairs) => Promise.all([REDIS, DISK, MEMORY].map((tier) => of.count(tier)));
    expect(await counts(repairs)).toEqual([1, 1, 1]);
    expect(await counts(sameHost), 'as after a crash').toEqual([1, 1, 0]);
    expect(await counts(otherHost)).toEqual([1, 0, 0]);
  });

  it('keep missed writes here while Redis is unavailable, and hand them over when it is back', async () => {
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

/** Redis, and a disk whose writes count as long. */
function stackOver(repairs: Repairs) {
  const { redis: shared, disk } = createStack();
  Object.assign(disk.traits, { writes: 'long' });
  const tiers = [shared, disk];
  const stack = new TieredStack({ tiers, clock: systemClock, events: new Events(), repairs });
  return { stack, disk };
}

describe('what a process had to remember itself', () => {
  it('is brought to Redis once that answers, without anybody who repairs in that process', async () => {
    const { redis, prefix, repairs, clock } = await redisRepairs();
    const worker = (await redisRepairs({ prefix })).repairs;
    redis.disconnect();
    await expect.poll(() => redis.status).toBe('end');
    await repairs.record(DISK, ['k']);
    await clock.advance(1_000);
    expect(await keysOf(worker, DISK)).toEqual([]);
    await redis.connect();
    await clock.advance(1_000);
    await expect.poll(() => keysOf(worker, DISK)).toEqual(['k']);
  });
});

describe('a write that was announced', () => {
  it('is missed once it was not finished in time, since its process may have ended', async () => {
    const { repairs, prefix } = await redisRepairs({ unfinishedAfter: 0 });
    const finish = await repairs.announce(REDIS, ['a', 'b/c']);
    await repairs.announce(REDIS, ['a']);
    const patient = (await redisRepairs({ prefix })).repairs;
    expect(await keysOf(patient, REDIS)).toEqual([]);
    await finish();
    expect(await keysOf(repairs, REDIS)).toEqual(['a']);
    await repairs.announce(REDIS, ['b/c']);
    expect((await keysOf(repairs, REDIS)).sort()).toEqual(['a', 'b/c']);
  });

  it('is finished before its caller goes on, and leaves nothing', async () => {
    const { redis, prefix, repairs } = await redisRepairs({ unfinishedAfter: 0 });
    const { stack } = stackOver(repairs);
    await put(stack, entryOf('k', 'x'));
    expect(await repairs.count(DISK)).toBe(0);
    expect(await redis.keys(`${prefix}:repairs:*`)).toEqual([]);
  });

  it('is left to others by a process that ends in the middle of it', async () => {
    const { repairs } = await redisRepairs({ unfinishedAfter: 0 });
    const { stack, disk } = stackOver(repairs);
    const newest = entryOf('k', 'x');
    disk.chaos.hangs = true;
    stack.putMany([{ kind: 'put', entry: newest }], AbortSignal.timeout(60_000)).catch(() => undefined);
    await expect.poll(() => disk.calls).toBe(1);
    disk.chaos.hangs = false;
    await expect.poll(() => stack.repair(SIGNAL)).toBe(1);
    await expectEntry(disk, newest);
  });
});

describe('the announcement of a write that a tier failed', () => {
  it('stays until what it missed is recorded, since its process may end before', async () => {
    const { repairs } = await redisRepairs({ unfinishedAfter: 0 });
    const recording = Promise.withResolvers<void>();
    const dying = liar<Repairs>(repairs, {
      record: () => {
        recording.resolve();
        return new Promise(() => undefined);
      },
    });
    const { stack, disk } = stackOver(dying);
    disk.chaos.down = true;
    void put(stack, entryOf('k', 'x'));
    await recording.promise;
    expect(await keysOf(repairs, DISK)).toEqual(['k']);
  });

  it('stays where what it missed is recorded in the memory of this process alone', async () => {
    const { repairs } = await redisRepairs({ unfinishedAfter: 0 });
    const { stack, disk } = stackOver(liar<Repairs>(repairs, { record: async () => false }));
    disk.chaos.down = true;
    await put(stack, entryOf('k', 'x'));
    expect(await keysOf(repairs, DISK)).toEqual(['k']);
  });

  it('stays where its caller gives up while the tiers are made to agree', async () => {
    const { repairs } = await redisRepairs({ unfinishedAfter: 0 });
    const { stack, disk } = stackOver(repairs);
    await put(disk, entryOf('k', 'newer', { stamp: 9 }));
    const looking = Promise.withResolvers<void>();
    const { getMany } = disk;
    disk.getMany = (...looked) => {
      disk.chaos.hangs = true;
      looking.resolve();
      return getMany.apply(disk, looked);
    };
    const caller = new AbortController();
    const write = stack.putMany([{ kind: 'put', entry: entryOf('k', 'older', { stamp: 1 }) }], caller.signal);
    await looking.promise;
    caller.abort(new Error('given up'));
    await expect(write).rejects.toThrow('given up');
    expect(await keysOf(repairs, DISK)).toEqual(['k']);
  });
});

describe('the repair of a stack', () => {
  it('gets on with a tier that is too slow for many keys at a time', async () => {
    const { disk, redis, repairs } = createStack();
    const entries = Array.from({ length: 130 }, (_, i) => entryOf(`k:${i}`, `${i}`));
    await put(redis, ...entries);
    await repairs.record(
      disk,
      entries.map(({ head }) => head.key),
    );
    const slow = liar<Tier>(disk, {
      putMany: (writes, signal) =>
        writes.length > 10 ? Promise.reject(new Error('no answer in time')) : disk.putMany(writes, signal),
    });
    const repair = new Repair({ tiers: [redis, slow], repairs, events: new Events() });
    expect(await repair.repairAll(SIGNAL)).toBe(130);
    expect(await repairs.count(disk)).toBe(0);
    await expectEntry(disk, entries[129] ?? entryOf('', ''));
  });

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
    expect(log.seen.map(({ payload }) => payload)).toMatchObject(
      [1_184, 1_152, 1_088, 960, 704, 204, 0].map((left) => ({ left })),
    );
    expect(await getOne(redis, 'k:1199')).toBeDefined();
  });
});
