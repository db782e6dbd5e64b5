import { expect, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { beatOf, REGISTRY_CLAUSES } from '../contract/registry.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Registry => new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('the registry on Redis', REGISTRY_CLAUSES, create);

test('a process of another version is live, without the statistics that cannot be read', async () => {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const registry = new RedisRegistry({ redis, prefix });
  const newer = { ...beatOf('b', 1_000), statistics: { reads: 'otherwise' } };
  const { statistics: _, ...older } = beatOf('c', 1_000);
  await redis.hset(redisKeys(prefix).processes(), 'b', JSON.stringify(newer), 'c', JSON.stringify(older));
  expect(await registry.processes(1_000)).toEqual([
    { ...beatOf('b', 1_000), statistics: undefined },
    { ...beatOf('c', 1_000), statistics: undefined },
  ]);
});
