import { describe, expect, test } from 'vitest';
import { RedisRuns } from '../../../src/catalog/runs/redis-runs.ts';
import type { Runs } from '../../../src/catalog/runs/runs.ts';
import { begun, ended, marks, specOf } from '../../contract/runs.steps.ts';
import { RUNS_CLAUSES } from '../../contract/runs.ts';
import { describeContract } from '../../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';

const create = (): Runs => new RedisRuns({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('runs on Redis', RUNS_CLAUSES, create);

describe('RedisRuns', () => {
  test('leaves nothing in Redis of a run that was trimmed', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const runs: Runs = new RedisRuns({ redis, prefix });
    await begun(runs, [['a', 'b']]);
    await runs.record('r1', 0, marks({ 0: 'warmed' }));
    expect((await redis.keys(`${prefix}*`)).sort()).toEqual([
      `${prefix}:{r:r1}:keys`,
      `${prefix}:{r:r1}:outcomes`,
      `${prefix}:{r:r1}:run`,
      `${prefix}:{runs}:active`,
      `${prefix}:{runs}:index`,
    ]);
    await runs.stop('r1', 'stopped', '', 70);
    expect(await runs.trim(0, 0)).toBe(1);
    expect(await redis.keys(`${prefix}*`)).toEqual([]);
  });

  test('survives a crash between the name of a run and the run', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const runs = new RedisRuns({ redis, prefix });
    await ended(runs, 'r1', 10, 20);
    await redis.zadd(`${prefix}:{runs}:index`, 15, 'ghost');
    await redis.sadd(`${prefix}:{runs}:active`, 'ghost');
    expect((await runs.list(10, undefined)).runs.map(({ id }) => id)).toEqual(['r1']);
    expect(await runs.active()).toEqual([]);
    expect(await runs.create(specOf('ghost', 30))).toMatchObject({ created: true });
    expect((await runs.list(10, undefined)).runs.map(({ id }) => id)).toEqual(['ghost', 'r1']);
  });

  test('trims a name without a run once it is old, and not before', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const runs = new RedisRuns({ redis, prefix });
    await redis.zadd(`${prefix}:{runs}:index`, 15, 'ghost');
    expect(await runs.trim(0, 10)).toBe(0);
    expect(await redis.zcard(`${prefix}:{runs}:index`)).toBe(1);
    expect(await runs.trim(10, 20)).toBe(0);
    expect(await redis.zcard(`${prefix}:{runs}:index`)).toBe(0);
  });

  test('forgets an ended run among the active ones when a crash left it there', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const runs = new RedisRuns({ redis, prefix });
    await ended(runs, 'r1', 10, 20);
    await redis.sadd(`${prefix}:{runs}:active`, 'r1');
    expect(await runs.active()).toEqual([]);
    expect(await redis.exists(`${prefix}:{runs}:active`)).toBe(0);
  });

  test('records a chunk of 1,000 keys in any order of marks', async () => {
    const runs = create();
    const keys = Array.from({ length: 1_000 }, (_, i) => `key:${i}`);
    await begun(runs, [keys]);
    const every = (step: number, from: number) =>
      keys.flatMap((_, index) => (index % step === from ? [{ index, outcome: 'warmed' } as const] : []));
    await runs.record('r1', 0, every(3, 1).toReversed());
    await runs.record('r1', 0, every(2, 0));
    const told = await runs.record('r1', 0, every(1, 0));
    expect(told).toEqual({ state: 'verifying', last: true });
    expect(await runs.chunk('r1', 0)).toMatchObject({ keys, outcomes: 'w'.repeat(1_000) });
  });
});
