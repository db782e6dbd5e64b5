import { expect, test } from 'vitest';
import type { DeadLetters } from '../../src/catalog/dead-letters.ts';
import { DEAD_LETTERS_KEPT, RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { DEAD_LETTERS_CLAUSES, lostKey } from '../contract/dead-letters.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): DeadLetters => new RedisDeadLetters({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('dead letters on Redis', DEAD_LETTERS_CLAUSES, create);

test('dead letters on Redis are the newest 10,000', async () => {
  const deadLetters = create();
  await deadLetters.add(Array.from({ length: DEAD_LETTERS_KEPT + 1_500 }, (_, i) => lostKey(`key:${i}`, i)));
  expect(await deadLetters.total()).toBe(DEAD_LETTERS_KEPT);
  const all = await deadLetters.list(DEAD_LETTERS_KEPT + 1_500);
  expect(all).toHaveLength(DEAD_LETTERS_KEPT);
  expect(all.at(-1)?.key).toBe('key:1500');
});
