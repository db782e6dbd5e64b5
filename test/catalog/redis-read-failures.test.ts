import { expect, test } from 'vitest';
import { RedisReadFailures } from '../../src/catalog/redis-read-failures.ts';
import { READ_FAILURES_CLAUSES } from '../contract/read-failures.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function create() {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  return { redis, prefix, failures: new RedisReadFailures({ redis, prefix }) };
}

describeContract('read failures on Redis', READ_FAILURES_CLAUSES, () => create().failures);

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
