import { describe, expect, test } from 'vitest';
import { RedisLeases } from '../../src/client/redis-leases.ts';
import { systemClock } from '../../src/core/clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

async function create() {
  const prefix = uniquePrefix();
  const redis = connectRedis();
  await redis.ping();
  const leasesOf = (holder: string) => new RedisLeases({ redis, prefix, holder, clock: systemClock });
  return { redis, prefix, here: leasesOf('here'), there: leasesOf('there') };
}

const LONG = 60_000;

describe('leases', () => {
  test('are one process for each key, until they are released', async () => {
    const { here, there } = await create();
    expect(await here.take('profile', ['a', 'b'], LONG)).toEqual(['taken', 'taken']);
    expect(await there.take('profile', ['b', 'c'], LONG)).toEqual(['held', 'taken']);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['taken']);
    await there.release('profile', ['a', 'b']);
    expect(await there.take('profile', ['a'], LONG)).toEqual(['held']);
    await here.release('profile', ['a', 'b']);
    expect(await there.take('profile', ['a', 'b'], LONG)).toEqual(['taken', 'taken']);
    expect(await here.take('other', ['a'], LONG)).toEqual(['taken']);
  });

  test('end by themselves, unless they are kept', async () => {
    const { here, there } = await create();
    await here.take('profile', ['a', 'b'], 300);
    await here.keep('profile', ['a'], LONG);
    const take = () => there.take('profile', ['a', 'b'], LONG);
    expect(await until('the end of a lease', take, ([, b]) => b === 'taken')).toEqual(['held', 'taken']);
  });

  test('rest after a failure, for everybody, and only by who has them', async () => {
    const { here, there } = await create();
    await here.take('profile', ['a'], LONG);
    await there.rest('profile', ['a'], LONG);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['taken']);
    await here.rest('profile', ['a'], LONG);
    expect(await there.take('profile', ['a'], LONG)).toEqual(['resting']);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['resting']);
  });

  test('marks are first once', async () => {
    const { here, there } = await create();
    expect(await here.mark('profile', ['a', 'b'], LONG)).toEqual([true, true]);
    expect(await there.mark('profile', ['b', 'c'], LONG)).toEqual([false, true]);
  });

  test('take thousands of keys, all in one slot of a cluster', async () => {
    const { here, redis, prefix } = await create();
    const keys = Array.from({ length: 1_234 }, (_, i) => `k${i}`);
    expect(new Set(await here.take('profile', keys, LONG))).toEqual(new Set(['taken']));
    const names = await redis.keys(`${prefix}:*`);
    expect(names).toHaveLength(1_234);
    expect(names.filter((name) => name.includes('{c:profile}'))).toHaveLength(1_234);
  });

  test('say at once that Redis is away', async () => {
    const { here, redis } = await create();
    redis.disconnect();
    await expect(here.take('profile', ['a'], LONG)).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });
});
