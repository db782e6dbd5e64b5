import { expect, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { LIVE_WITHIN_MS, type ProcessBeat } from '../../src/catalog/registry.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { NO_STATISTICS } from '../../src/core/statistics.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = () => new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });

function beatOf(id: string, seenAt: number): ProcessBeat {
  const memory = { entries: 3, bytes: 1_000 };
  return {
    id,
    roles: ['worker', 'api'],
    host: 'one',
    pid: 42,
    startedAt: 5,
    seenAt,
    memory,
    statistics: NO_STATISTICS,
  };
}

test('knows the processes that were seen lately, as they last were', async () => {
  const registry = create();
  const scheduler = { ...beatOf('a', 2_000), memory: undefined };
  await registry.beat(beatOf('b', 1_000));
  await registry.beat(scheduler);
  await registry.beat(beatOf('b', 3_000));
  expect(await registry.processes(3_000)).toEqual([scheduler, beatOf('b', 3_000)]);
});

test('forgets a process that is silent for too long, until it beats again', async () => {
  const registry = create();
  await registry.beat(beatOf('a', 1_000));
  expect(await registry.processes(1_000 + LIVE_WITHIN_MS)).toHaveLength(1);
  expect(await registry.processes(1_001 + LIVE_WITHIN_MS)).toEqual([]);
  expect(await registry.processes(1_000)).toEqual([]);
  await registry.beat(beatOf('a', 50_000));
  expect(await registry.processes(50_000)).toHaveLength(1);
});

test('forgets a process that leaves, and no other', async () => {
  const registry = create();
  await registry.beat(beatOf('a', 1_000));
  await registry.beat(beatOf('b', 1_000));
  await registry.leave('a');
  await registry.leave('unknown');
  expect((await registry.processes(1_000)).map(({ id }) => id)).toEqual(['b']);
});

test('remembers the latest tick of each schedule, in whatever order they are noted', async () => {
  const registry = create();
  await registry.noteTick('nightly', 2_000, 'nightly-2000');
  await registry.noteTick('nightly', 1_000, 'nightly-1000');
  await registry.noteTick('hot', 500);
  await registry.noteTick('hot', 600);
  const ticks = await registry.ticks();
  expect(ticks.toSorted((a, b) => a.nominal - b.nominal)).toEqual([
    { schedule: 'hot', nominal: 600, run: undefined },
    { schedule: 'nightly', nominal: 2_000, run: 'nightly-2000' },
  ]);
});

test('adds outcomes up per source', async () => {
  const registry = create();
  await Promise.all([
    registry.count('quote', { warmed: 5, failed: 1 }),
    registry.count('quote', { warmed: 2, unchanged: 0 }),
    registry.count('profile', {}),
  ]);
  expect(await registry.counts(['profile', 'quote'])).toEqual([
    countsOf(),
    countsOf({ warmed: 7, failed: 1 }),
  ]);
  expect(await registry.counts([])).toEqual([]);
});

test('keeps what processes have done, and gives nothing for what it cannot read', async () => {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const registry = new RedisRegistry({ redis, prefix });
  const statistics = { ...NO_STATISTICS, evicted: [{ tier: 'disk', keys: 5, unread: 1 }], problems: 3 };
  await registry.beat({ ...beatOf('a', 1_000), statistics });
  const newer = { ...beatOf('b', 1_000), statistics: { reads: 'otherwise' } };
  const { statistics: _, ...older } = beatOf('c', 1_000);
  await redis.hset(`${prefix}:{registry}:processes`, 'b', JSON.stringify(newer), 'c', JSON.stringify(older));
  expect(await registry.processes(1_000)).toEqual([
    { ...beatOf('a', 1_000), statistics },
    { ...beatOf('b', 1_000), statistics: undefined },
    { ...beatOf('c', 1_000), statistics: undefined },
  ]);
});
