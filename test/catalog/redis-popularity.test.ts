import { expect, test } from 'vitest';
import type { Popularity } from '../../src/catalog/popularity.ts';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { POPULARITY_CLAUSES } from '../contract/popularity.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const HOUR = 3_600_000;

const create = (): Popularity =>
  new RedisPopularity({ redis: connectRedis(), prefix: uniquePrefix(), holder: 'me' });

describeContract('popularity on Redis', POPULARITY_CLAUSES, create);

test('popularity on Redis keeps the most read keys only, and forgets after two hours', async () => {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const popularity = new RedisPopularity({ redis, prefix, holder: 'me', most: 100 });
  const at = Date.now();
  const reads = Array.from({ length: 2_500 }, (_, i) => [`profile:${i}`, i + 1] as const);
  await popularity.count('profile', new Map(reads), at);
  const [key = ''] = await redis.keys(`${prefix}:*:reads:*`);
  expect(await redis.zcard(key)).toBe(100);
  expect(await popularity.top('profile', 1, at)).toEqual([{ key: 'profile:2499', reads: 2_500 }]);
  expect(await redis.pttl(key)).toBeGreaterThan(HOUR);
});
