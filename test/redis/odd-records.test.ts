/** What another version, or a person with a client of their own, left in Redis: it hides nothing that stands beside it. */
import { describe, expect, test } from 'vitest';
import { RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { lostKey } from '../contract/dead-letters.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const ODD = ['', '{', 'null', '[]', '5', '{"id":5}', '5|6|{', '5|6|null', 'x|y|{"source":"a","key":"b"}'];

function place() {
  const prefix = uniquePrefix();
  return { redis: connectRedis(), prefix, keys: redisKeys(prefix) };
}

describe.each(ODD)('a record that reads %s', (odd) => {
  test('hides no dead letter', async () => {
    const { redis, prefix, keys } = place();
    const deadLetters = new RedisDeadLetters({ redis, prefix });
    await deadLetters.add([lostKey('good', 5)]);
    await redis.zadd(keys.deadLetterIndex(), 9, 'odd');
    await redis.hset(keys.deadLetters(), 'odd', odd);
    expect((await deadLetters.list(10)).map(({ key }) => key)).toEqual(['good']);
  });

  test('hides no process', async () => {
    const { redis, prefix, keys } = place();
    const registry = new RedisRegistry({ redis, prefix });
    const process = { ...{ id: 'a', roles: ['worker'], host: 'h', pid: 1 }, startedAt: 1, seenAt: 2 };
    await registry.beat({ ...process, memory: undefined, statistics: undefined });
    await redis.hset(keys.processes(), 'odd', odd);
    expect((await registry.processes(3)).map(({ id }) => id)).toEqual(['a']);
  });

  test('hides no tick, and a pause stays one', async () => {
    const { redis, prefix, keys } = place();
    const store = new RedisTickStore({ redis, prefix, holder: 'h', leaseMs: 1_000, kept: 9 });
    await store.open('nightly', { cursor: 1, rule: 'r', waiting: undefined });
    const good = JSON.stringify({ nominal: 5, from: 5, end: 'ran', at: 6 });
    await redis.lpush(keys.schedule('nightly', 'ticks'), good, odd);
    await redis.hset(keys.schedule('nightly', 'state'), 'pause', odd, 'pausedUntil', String(2 ** 53 - 1));
    expect((await store.history('nightly', 10)).map(({ nominal }) => nominal)).toEqual([5]);
    expect((await store.states(['nightly'])).states[0]?.paused).toMatchObject({ by: 'somebody' });
  });
});
