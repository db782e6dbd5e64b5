import { expect, test } from 'vitest';
import { RedisRuns } from '../../../src/catalog/runs/redis-runs.ts';
import { checkInvariants } from '../../contract/runs.invariants.ts';
import { countingTwice, overwriting } from '../../contract/runs.steps.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';

const create = () => new RedisRuns({ redis: connectRedis(), prefix: uniquePrefix() });

test('keeps one outcome per key and adds up under any interleaving of calls', async () => {
  await checkInvariants(create(), 100);
});

test('catches runs whose later outcomes overwrite earlier ones', async () => {
  await expect(checkInvariants(overwriting(create()), 100)).rejects.toThrow();
});

test('catches runs that count an outcome twice when it is told twice', async () => {
  await expect(checkInvariants(countingTwice(create()), 100)).rejects.toThrow();
});
