import { expect, test } from 'vitest';
import { RedisReadFailures } from '../../src/catalog/redis-read-failures.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function create() {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  return { redis, prefix, failures: new RedisReadFailures({ redis, prefix }) };
}

test('the last failure of a key is remembered, as it was told', async () => {
  const { failures } = create();
  await failures.note('quote', new Map([['quote:1', 'a|b\n"c"']]), 10);
  await failures.note('quote', new Map([['quote:1', 'answered 500']]), 20);
  await failures.note('quote', new Map(), 30);
  expect(await failures.of('quote', 'quote:1')).toEqual({ reason: 'answered 500', at: 20 });
  expect(await failures.of('quote', 'quote:2')).toBeUndefined();
  expect(await failures.of('profile', 'quote:1')).toBeUndefined();
});

test('a thousand keys of a source are remembered, in short, and for an hour', async () => {
  const { redis, prefix, failures } = create();
  const keysOf = (from: number, count: number) =>
    new Map(Array.from({ length: count }, (_, i) => [`quote:${from + i}`, 'x'.repeat(10_000)] as const));
  await failures.note('quote', keysOf(0, 900), 1);
  await failures.note('quote', keysOf(900, 900), 2);
  await failures.note('quote', keysOf(5_000, 3_000), 3);
  const [name = ''] = await redis.keys(`${prefix}*`);
  expect(await redis.hlen(name)).toBe(1_000);
  expect(await redis.ttl(name)).toBeGreaterThan(3_500);
  const [value = ''] = await redis.hvals(name);
  expect(value.length).toBeLessThan(220);
});
