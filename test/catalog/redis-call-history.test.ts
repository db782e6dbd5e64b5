import { expect, test } from 'vitest';
import { RedisCallHistory } from '../../src/catalog/redis-call-history.ts';
import { NO_CALLS } from '../../src/core/call-record.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { CALL_HISTORY_CLAUSES, type HistoryOf } from '../contract/call-history.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function create(): HistoryOf {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  return (holder) => new RedisCallHistory({ ...store, holder });
}

describeContract('the history of calls on Redis', CALL_HISTORY_CLAUSES, create);

test('a record in the history of calls that cannot be read hides no other, and what nobody writes goes by itself', async () => {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const history = new RedisCallHistory({ redis, prefix, holder: 'a' });
  await history.report('profile', { ...NO_CALLS, calls: 7, hour: 3_600_000 });
  const key = redisKeys(prefix).callHistory('profile');
  await redis.hset(key, '7200000:b', 'no JSON', '10800000:c', '{"calls":-1}');
  expect((await history.of('profile')).map(({ calls }) => calls)).toEqual([7]);
  expect(await redis.pttl(key)).toBeGreaterThan(24 * 3_600_000);
});
