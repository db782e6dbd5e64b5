import { expect, test } from 'vitest';
import { RedisRunCalls } from '../../../src/catalog/runs/redis-run-calls.ts';
import { RedisRuns } from '../../../src/catalog/runs/redis-runs.ts';
import type { RunCalls } from '../../../src/catalog/runs/run-calls.ts';
import { NO_CALLS } from '../../../src/core/call-record.ts';
import { redisKeys } from '../../../src/redis/keys.ts';
import { RUN_CALLS_CLAUSES } from '../../contract/run-calls.ts';
import { ended } from '../../contract/runs.steps.ts';
import { describeContract } from '../../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';

const create = (): RunCalls => new RedisRunCalls({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract("a run's calls on Redis", RUN_CALLS_CLAUSES, create);

test("a run's calls go with the run, and by themselves where it stays for long", async () => {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  const [runs, calls] = [new RedisRuns(store), new RedisRunCalls(store)];
  await ended(runs, 'r1', 1_000, 2_000);
  await calls.note('r1', '0:1', { ...NO_CALLS, source: 'profile', slow: [] });
  const key = redisKeys(store.prefix).run('r1', 'calls');
  expect(await store.redis.pttl(key)).toBeGreaterThan(24 * 3_600_000);
  await runs.trim(0, Number.MAX_SAFE_INTEGER);
  expect(await store.redis.exists(key)).toBe(0);
});

test("a run's calls that were left behind go with its name, and count as no run", async () => {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  const [runs, calls] = [new RedisRuns(store), new RedisRunCalls(store)];
  await ended(runs, 'r1', 1_000, 2_000);
  await store.redis.zadd(redisKeys(store.prefix).runIndex(), 1_000, 'r0');
  for (const run of ['r0', 'r1']) await calls.note(run, '0:1', { ...NO_CALLS, source: 'profile', slow: [] });
  await store.redis.hset(redisKeys(store.prefix).run('r0', 'calls'), 'left', 'behind');
  expect(await runs.trim(0, Number.MAX_SAFE_INTEGER)).toBe(1);
  expect(await store.redis.exists(redisKeys(store.prefix).run('r0', 'calls'))).toBe(0);
});
