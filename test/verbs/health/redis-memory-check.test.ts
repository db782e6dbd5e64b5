import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { tierRedisMemory } from '../../../src/verbs/health/checks/tiers/redis-memory.ts';
import type { Examination } from '../../../src/verbs/health/examination.ts';
import { examine } from '../../support/findings.ts';
import { startRedisServer } from '../../support/redis-server.ts';

async function server(...more: string[]): Promise<Redis> {
  const started = await startRedisServer({ more });
  const redis = new Redis(started.url);
  onTestFinished(async () => {
    redis.disconnect();
    await started.remove();
  });
  return redis;
}

const cacheChecks = (cache: Redis) =>
  examine(tierRedisMemory, {
    stack: { tiers: [{ name: 'redis' }] },
    clients: { isOne: false, cache },
  } as unknown as Examination);

const fill = (redis: Redis) =>
  Promise.allSettled(Array.from({ length: 1_000 }, (_, i) => redis.set(`k:${i}`, 'x'.repeat(4_000))));

test('a cache Redis that evicts is a warning with figures, and with what to do', async () => {
  const redis = await server('--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru');
  expect(await cacheChecks(redis)).toMatchObject([{ level: 'ok' }]);
  await fill(redis);
  const [check] = await cacheChecks(redis);
  expect(check).toMatchObject({ where: 'redis.cache', level: 'warning' });
  expect(check?.finding).toMatch(/pushed out \d+ keys since it was started: .* of maxmemory .* allkeys-lru/);
  expect(check?.remedy).toContain('raise maxmemory');
});

test('a cache Redis that is full and evicts nothing is a warning, too, and one without a bound is none', async () => {
  const redis = await server('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction');
  await fill(redis);
  expect((await cacheChecks(redis))[0]?.finding).toMatch(/full and refuses writes/);
  await redis.config('SET', 'maxmemory', '0');
  expect(await cacheChecks(redis)).toMatchObject([{ level: 'ok' }]);
});
