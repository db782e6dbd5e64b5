import { describe, expect, test } from 'vitest';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);

function create(most?: number) {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  return {
    redis,
    prefix,
    popularity: new RedisPopularity({ redis, prefix, ...(most === undefined ? {} : { most }) }),
  };
}

describe('popularity', () => {
  test('adds up the reads of an hour, and lets those of the last one fade', async () => {
    const { popularity } = create();
    await popularity.count(
      'profile',
      new Map([
        ['profile:a', 60],
        ['profile:b', 10],
      ]),
      NOON,
    );
    await popularity.count('profile', new Map([['profile:a', 40]]), NOON + HOUR / 2);
    const keys = ['profile:b', 'profile:none', 'profile:a'];
    expect(await popularity.of('profile', keys, NOON + HOUR - 1)).toEqual([10, 0, 100]);
    expect(await popularity.of('profile', keys, NOON + HOUR * 1.5)).toEqual([5, 0, 50]);
    expect(await popularity.of('profile', keys, NOON + HOUR * 2)).toEqual([0, 0, 0]);
  });

  test('knows what is read most, over both hours', async () => {
    const { popularity } = create();
    await popularity.count(
      'profile',
      new Map([
        ['profile:old', 100],
        ['profile:mid', 50],
      ]),
      NOON,
    );
    await popularity.count('profile', new Map([['profile:new', 70]]), NOON + HOUR);
    expect(await popularity.top('profile', 2, NOON + HOUR * 1.5)).toEqual([
      { key: 'profile:new', reads: 70 },
      { key: 'profile:old', reads: 50 },
    ]);
    expect(await popularity.top('other', 2, NOON)).toEqual([]);
  });

  test('keeps the most read keys only, and forgets after two hours', async () => {
    const { popularity, redis, prefix } = create(100);
    const at = Date.now();
    await popularity.count(
      'profile',
      new Map(Array.from({ length: 2_500 }, (_, i) => [`profile:${i}`, i + 1])),
      at,
    );
    const [key = ''] = await redis.keys(`${prefix}:*`);
    expect(await redis.zcard(key)).toBe(100);
    expect(await popularity.top('profile', 1, at)).toEqual([{ key: 'profile:2499', reads: 2_500 }]);
    expect(await redis.pttl(key)).toBeGreaterThan(HOUR);
  });
});
