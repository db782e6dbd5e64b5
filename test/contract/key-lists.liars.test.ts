import { describe, expect, test } from 'vitest';
import { RedisKeyLists } from '../../src/catalog/runs/redis-key-lists.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { describeKeyLists, type KeyListsSubject, keyListsClauses } from './key-lists.ts';

function create(): KeyListsSubject {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  return {
    lists: new RedisKeyLists({ redis, prefix }),
    async goesIn(run, list) {
      const ms = await redis.pttl(redisKeys(prefix).runList(run, list));
      return ms < 0 ? undefined : ms;
    },
  };
}

describeKeyLists('Redis', create);

describe('the contract of key lists, broken by liars', () => {
  for (const [sentence, { check, lie }] of Object.entries(keyListsClauses)) {
    test(`catches the lists that do not do this: ${sentence}`, async () => {
      const honest = create();
      await expect(check({ ...honest, lists: lie(honest) })).rejects.toThrow();
    });
  }
});
