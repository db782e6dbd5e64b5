import { expect, test } from 'vitest';
import type { FailedAttempt } from '../../src/catalog/attempts.ts';
import { RedisAttempts } from '../../src/catalog/redis-attempts.ts';
import { ATTEMPTS_CLAUSES } from '../contract/attempts.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function create() {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  return { redis, prefix, attempts: new RedisAttempts({ redis, prefix }) };
}

describeContract('attempts on Redis', ATTEMPTS_CLAUSES, () => create().attempts);

test('a thousand keys of a source are remembered, in short, and for a day', async () => {
  const { redis, prefix, attempts } = create();
  const of = (from: number, count: number, at: number): FailedAttempt[] =>
    Array.from({ length: count }, (_, i) => ({
      ...{ key: `quote:${from + i}`, outcome: 'failed', at, run: undefined },
      reason: 'x'.repeat(10_000),
    }));
  await attempts.note('quote', of(0, 900, 1));
  await attempts.note('quote', of(900, 900, 2));
  await attempts.note('quote', of(5_000, 3_000, 3));
  const [name = ''] = await redis.keys(`${prefix}*`);
  expect(await redis.hlen(name)).toBe(1_000);
  expect(await redis.ttl(name)).toBeGreaterThan(86_000);
  const [value = ''] = await redis.hvals(name);
  expect(value.length).toBeLessThan(220);
});

test('a reason of several lines is one line, and a record that is none is left out', async () => {
  const { redis, prefix, attempts } = create();
  const attempt = { key: 'quote:1', outcome: 'refused', reason: 'a\nb\r\n12|f||c', at: 5, run: 'r' } as const;
  await attempts.note('quote', [attempt]);
  expect(await attempts.of('quote', 'quote:1')).toEqual([{ ...attempt, reason: 'a b 12|f||c' }]);
  const [name = ''] = await redis.keys(`${prefix}*`);
  await redis.hset(name, 'quote:1', 'nonsense\n7|f||well\n|');
  expect(await attempts.of('quote', 'quote:1')).toMatchObject([{ at: 7, reason: 'well' }]);
});
