import { expect, test } from 'vitest';
import type { Absences } from '../../src/catalog/absences.ts';
import { RedisAbsences } from '../../src/catalog/redis-absences.ts';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { ABSENCES_CLAUSES } from '../contract/absences.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Absences => new RedisAbsences({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('absences on Redis', ABSENCES_CLAUSES, create);

test('absences are told with how many keys of the source are kept warm', async () => {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  await new RedisCatalog(store).track('quote', ['a', 'b', 'c'], 1);
  const { kept } = await new RedisAbsences(store).look('quote', [{ key: 'a', stamp: 1 }], 5);
  expect(kept).toBe(3);
});
