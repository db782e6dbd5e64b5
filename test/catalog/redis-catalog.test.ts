import { describe, expect, test } from 'vitest';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { CATALOG_CLAUSES } from '../contract/catalog.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = () => new RedisCatalog({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('the catalog on Redis', CATALOG_CLAUSES, create);

describe('RedisCatalog', () => {
  test('keeps a long reason short, and whole characters whole', async () => {
    const catalog = create();
    await catalog.track('quote', ['a'], 10);
    const reason = `${'x'.repeat(199)}\u{1f600} and so on`;
    await catalog.settle('quote', [{ key: 'a', dueAt: 20, failure: { outcome: 'failed', reason, at: 15 } }]);
    const [record] = await catalog.get('quote', ['a']);
    expect(record?.failure?.reason).toBe(`${'x'.repeat(199)}\ufffd`);
  });

  test('ignores a failure older than the one on record', async () => {
    const catalog = create();
    await catalog.track('quote', ['a'], 10);
    for (const at of [50, 40]) {
      const failure = { outcome: 'failed', reason: `at ${at}`, at } as const;
      await catalog.settle('quote', [{ key: 'a', dueAt: 60, failure }]);
    }
    const [record] = await catalog.get('quote', ['a']);
    expect(record?.failure).toMatchObject({ outcome: 'failed', reason: 'at 50', at: 50, count: 1 });
  });

  test('puts all keys of a source under one hash tag', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const catalog = new RedisCatalog({ redis, prefix });
    await catalog.track('quote', ['a'], 10);
    const failure = { outcome: 'failed', reason: '', at: 15 } as const;
    await catalog.settle('quote', [{ key: 'a', dueAt: 20, failure }]);
    expect((await redis.keys(`${prefix}*`)).sort()).toEqual([
      `${prefix}:{c:quote}:due`,
      `${prefix}:{c:quote}:failures`,
      `${prefix}:{c}:sources`,
    ]);
  });

  test('spends less than 250 bytes of Redis on a healthy key', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    const catalog = new RedisCatalog({ redis, prefix });
    const keys = Array.from({ length: 10_000 }, (_, i) => `profile:${String(i).padStart(8, '0')}`);
    await catalog.track('profile', keys, 1_900_000_000_000);
    const bytes = await redis.memory('USAGE', `${prefix}:{c:profile}:due`, 'SAMPLES', 0);
    expect(Number(bytes) / keys.length).toBeLessThan(250);
    expect(await redis.exists(`${prefix}:{c:profile}:failures`)).toBe(0);
  });

  test('tells who is to blame when Redis refuses a command', async () => {
    const redis = connectRedis();
    const prefix = uniquePrefix();
    await redis.set(`${prefix}:{c:quote}:due`, 'not a sorted set');
    const catalog = new RedisCatalog({ redis, prefix });
    await expect(catalog.claim('quote', 1, 2, 3)).rejects.toMatchObject({ code: 'E_INTERNAL' });
    const failure = { outcome: 'failed', reason: '', at: 15 } as const;
    const settled = catalog.settle('quote', [{ key: 'a', dueAt: 20, failure }]);
    await expect(settled).rejects.toMatchObject({ code: 'E_INTERNAL' });
    await expect(catalog.size('quote', 1)).rejects.toMatchObject({ code: 'E_INTERNAL' });
    redis.disconnect();
    await expect(catalog.size('quote', 1)).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });
});
