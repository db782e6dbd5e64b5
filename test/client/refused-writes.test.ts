import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { LocalLedger } from '../../src/budget/local-ledger.ts';
import { Writer } from '../../src/client/writer.ts';
import { Events } from '../../src/core/events.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../src/tiers/stack/tiered-stack.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis } from '../support/redis.ts';
import { sourceWith } from '../support/sources.ts';
import { apart, newPlace, openReader } from './reader.steps.ts';

const KEY = 'profile:denver';

test('a set that every tier but memory refused is not readable afterwards, and what was there before still is', async () => {
  const { cache, reader } = await apart({ disk: { enabled: false } });
  await reader.set('profile:boulder', 'before');
  await cache.kill();
  await expect(reader.set(KEY, 'refused')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  await expect(reader.set('profile:boulder', 'refused')).rejects.toMatchObject({
    code: 'E_TIER_UNAVAILABLE',
  });
  expect([await reader.get(KEY), reader.peek(KEY)]).toEqual([undefined, undefined]);
  expect(await reader.lookup(KEY)).toMatchObject({ state: 'unavailable', tiers: [{ tier: 'redis' }] });
  expect([await reader.get('profile:boulder'), reader.peek('profile:boulder')]).toEqual(['before', 'before']);
});

test('a set that was refused since the cache Redis hung does not appear when that goes on', async () => {
  const { cache, reader } = await apart({ disk: { enabled: false } });
  await reader.set('profile:boulder', 'before');
  cache.freeze();
  for (const key of [KEY, 'profile:boulder'])
    await expect(reader.set(key, 'refused')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  cache.thaw();
  // Another connection: nothing that this process remembers plays a part.
  const redis = new Redis(cache.url);
  onTestFinished(() => redis.disconnect());
  expect((await redis.keys('*profile:*')).map((key) => key.split(':').at(-1))).toEqual(['boulder']);
  expect(await reader.get('profile:boulder')).toBe('before');
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '1s', null, 10n])(
  'a set with the ttl %s is refused before anything is written',
  async (ttl) => {
    const reader = await openReader(newPlace());
    // What a program without types may pass.
    const options = { ttl } as unknown as { ttl: number };
    const refusal = { code: 'E_REQUEST_INVALID', message: expect.stringContaining('ttl') };
    await expect(reader.set(KEY, 1, options)).rejects.toMatchObject(refusal);
    const profiles = reader.source('profile');
    await expect(profiles.set({ market: 'denver' }, 1, options)).rejects.toMatchObject(refusal);
    await expect(profiles.setMany([[{ market: 'denver' }, 1]], options)).rejects.toMatchObject(refusal);
    expect(await reader.lookup(KEY)).toEqual({ state: 'missing' });
    expect(await reader.verbs.inspect(KEY)).toMatchObject({ catalogued: false });
  },
);

test('a set for longer than a year is refused, unless its source says so, and the refusal says what to do', async () => {
  const year = 365 * 86_400_000;
  const reader = await openReader(newPlace());
  await expect(reader.set(KEY, 1, { ttl: 100 * year })).rejects.toMatchObject({
    code: 'E_REQUEST_INVALID',
    message: `ttl is ${100 * year}; it must be a whole number of milliseconds from 1 to ${year}; for longer, give source "profile" that ttl`,
  });
  await reader.set(KEY, 1, { ttl: year });
  expect(await reader.get(KEY)).toBe(1);
});

test('fences are kept for as long as a value that was set may live, before it is stored', async () => {
  const place = newPlace();
  const reader = await openReader(place);
  await reader.set(KEY, 1, { ttl: 200 * 86_400_000 });
  const kept = await connectRedis().get(redisKeys(place.prefix).longest('markets'));
  expect(Number(kept)).toBeGreaterThan(200 * 86_400_000);
});

/** A writer whose ledger does not answer until it is told to. */
function hanging() {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const stack = new TieredStack({
    ...{ tiers: [new MemoryTier({ maxSize: 1e6, clock })], clock, events },
    repairs: new MemoryRepairs({ bound: 1 }),
  });
  const answer = Promise.withResolvers<number>();
  const ledger = Object.assign(new LocalLedger({ budgets: new Map(), clock, patienceMs: 1 }), {
    stamp: () => answer.promise,
  });
  const invalidated: string[] = [];
  const writer = new Writer({
    ...{ stack, ledger, clock, judge: async () => undefined, reachable: () => true },
    bus: { announce: async () => undefined } as never,
    catalog: { track: async () => undefined, settle: async () => undefined } as never,
    memoryReads: { expire: () => undefined },
    async invalidate(_, keys, __, signal) {
      const stamp = await ledger.stamp();
      signal.throwIfAborted();
      invalidated.push(...keys);
      return stamp;
    },
  });
  const signal = new AbortController().signal;
  const stored = async () => (await stack.getMany([KEY], 'head', signal))[0];
  return { clock, writer, stored, invalidated, answer: () => answer.resolve(entryOf(KEY, '1').head.stamp) };
}

test('a set and an invalidation end within five seconds while the jobs Redis hangs, and are not done later', async () => {
  const { clock, writer, stored, invalidated, answer } = hanging();
  const source = sourceWith();
  const writes = [
    writer.set(source, [{ key: KEY, params: {}, value: 1, tags: [] }], undefined),
    writer.invalidate(source, [KEY]),
  ];
  const ends = Promise.allSettled(writes);
  await clock.advance(5_000);
  const late = { code: 'E_REDIS_UNAVAILABLE', message: expect.stringContaining('5000 ms') };
  expect(await ends).toMatchObject([
    { status: 'rejected', reason: late },
    { status: 'rejected', reason: late },
  ]);
  answer();
  await clock.advance(1_000);
  expect(await stored()).toBeUndefined();
  expect(invalidated).toEqual([]);
});
