/** Readers, after an invalidation by tag, by source or of everything. */
import type { Connection } from 'forewarm';
import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/waiting.ts';
import { newPlace, openReader, type Place, PROFILE } from './reader.steps.ts';

const KEY = 'profile:denver';
const CHANGES = {
  sources: {
    profile: { ...PROFILE, tags: ['market:{market}'] },
    quote: { ...PROFILE, key: 'quote:{market}', tags: ['market:{market}'] },
  },
};

const open = (place: Place, changes = {}) => openReader(place, { ...CHANGES, ...changes });

/** Two readers that have the same values in memory. */
async function two() {
  const place = newPlace();
  const [here, there] = [await open(place), await open(place)];
  for (const key of [KEY, 'quote:denver', 'quote:boulder']) {
    await here.set(key, { key });
    await there.get(key);
    expect(there.peek(key)).toEqual({ key });
  }
  return { place, here, there };
}

const invalidate = ({ verbs }: Connection, selector: string, mode: 'drop' | 'stale') =>
  verbs.invalidate({ selector, mode, rewarm: false, dryRun: false }, 'api');

const gone = (reader: Connection, key: string) =>
  until(
    `the end of ${key}`,
    async () => reader.peek(key),
    (value) => value === undefined,
  );

describe('an invalidation by tag that drops', () => {
  test('holds at once in the process that did it, and for a reader that has nothing in memory', async () => {
    const { place, here } = await two();
    const fresh = await open(place);
    await invalidate(here, 'tag=market:denver', 'drop');
    for (const reader of [here, fresh]) {
      expect(await reader.getMany([KEY, 'quote:denver', 'quote:boulder'])).toEqual([
        ...[undefined, undefined],
        { key: 'quote:boulder' },
      ]);
      expect(await reader.get(KEY, { offline: true })).toBeUndefined();
    }
    expect(here.peek(KEY)).toBeUndefined();
  });

  test('reaches the memory of other readers over the bus, and leaves newer values alone', async () => {
    const { here, there } = await two();
    await invalidate(here, 'tag=market:denver', 'drop');
    await gone(there, KEY);
    expect(await there.get(KEY)).toBeUndefined();
    expect(there.peek('quote:boulder')).toEqual({ key: 'quote:boulder' });
    await there.set(KEY, 'new');
    expect([await there.get(KEY), there.peek(KEY), await here.get(KEY)]).toEqual(['new', 'new', 'new']);
  });
});

test('an invalidation by source that makes stale serves the old value, until a new one is there', async () => {
  const { here, there } = await two();
  await invalidate(here, 'source=profile', 'stale');
  expect([await here.get(KEY), here.peek(KEY), await there.get(KEY)]).toEqual([
    { key: KEY },
    { key: KEY },
    { key: KEY },
  ]);
  await here.set(KEY, 'new');
  await until(
    'the new value',
    () => there.get(KEY),
    (value) => value === 'new',
  );
});

test('clearing leaves nothing to read', async () => {
  const { here, there } = await two();
  await here.verbs.clear({ mode: 'drop', rewarm: false }, 'api');
  expect(await here.getMany([KEY, 'quote:denver', 'quote:boulder'])).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  await gone(there, 'quote:boulder');
});

test('memory serves no longer than it may while the bus cannot be heard, and again when it can', async () => {
  const place = newPlace();
  const jobs = await startRedisServer({ aof: true });
  onTestFinished(() => jobs.remove());
  const reader = await open(place, {
    redis: { jobs: jobs.url, cache: inject('redisUrl'), prefix: place.prefix },
    tiers: {
      memory: { maxAgeWithoutBus: '5s' },
      redis: { prefix: `${place.prefix}values:` },
      disk: { enabled: false },
    },
  });
  await reader.set(KEY, 'value');
  await reader.get(KEY);
  await jobs.kill();
  expect(reader.peek(KEY)).toBe('value');
  await gone(reader, KEY);
  expect(await reader.get(KEY)).toBe('value');
  await jobs.start();
  // A server that is killed may lose what it was just sent; memory then starts empty, and reads fill it.
  const peekAfterRead = async () => {
    await reader.get(KEY);
    return reader.peek(KEY);
  };
  await until('the bus', peekAfterRead, (value) => value === 'value');
});

test('checking fences costs no command of its own where values and jobs are on one server', async () => {
  const server = await startRedisServer();
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.remove();
  });
  const place = newPlace();
  const reader = await open(place, {
    redis: { jobs: server.url, prefix: place.prefix },
    tiers: {
      memory: { enabled: false },
      redis: { prefix: `${place.prefix}values:` },
      disk: { enabled: false },
    },
  });
  await reader.set(KEY, 'value');
  await reader.get(KEY);
  const calls = async (name: string) => {
    const info = await redis.info('commandstats');
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  };
  const before = { get: await calls('get'), mget: await calls('mget'), zrange: await calls('zrange') };
  for (let n = 0; n < 50; n += 1) expect(await reader.get(KEY)).toBe('value');
  expect((await calls('mget')) - before.mget).toBe(50);
  // The idle bus asks for its count now and then.
  expect((await calls('get')) - before.get).toBeLessThan(5);
  expect((await calls('zrange')) - before.zrange).toBe(0);
});
