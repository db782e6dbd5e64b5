/** Values that are stored whole, under a right checksum, and that no reader can decode: put by force into a tier. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { BodyFormat } from '../../src/core/entry.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { entryOf } from '../support/entries.ts';
import { connectRedis } from '../support/redis.ts';
import { json, startScriptedServer } from '../support/scripted-server.ts';
import { newPlace, openReader, type Place, PROFILE } from './reader.steps.ts';

const KEY = 'profile:denver';

const BODIES: [string, BodyFormat, Uint8Array, RegExp][] = [
  ['a body of another format', 'json', Buffer.from([0xc1, 0xff]), /not JSON/],
  ['JSON that is nested too deep', 'json', Buffer.from('['.repeat(2e5) + ']'.repeat(2e5)), /levels deep/],
  ['MessagePack that is cut off', 'msgpack', Buffer.from([0x93, 1]), /not MessagePack/],
  ['MessagePack that is nested too deep', 'msgpack', Buffer.alloc(2e5, 0x91), /not MessagePack/],
  ['a vector of three bytes', 'float32', Buffer.from([1, 2, 3]), /not a float32 vector/],
];

const TIERS = {
  redis: ({ prefix }: Place): Tier => {
    const redis = connectRedis();
    return new RedisTier({ redis, prefix: `${prefix}values:`, events: new Events() });
  },
  disk: ({ folder }: Place): Tier => {
    const path = join(folder, 'cache.db');
    return new DiskTier({ path, maxSize: 1e8, timeout: 2_000, clock: systemClock, events: new Events() });
  },
};

/** A reader that fetches from a server, while what cannot be decoded is stored, fresh and with a validator. */
async function setup(tier: keyof typeof TIERS, format: BodyFormat, body: Uint8Array, miss: string) {
  const place = newPlace();
  const store = TIERS[tier](place);
  onTestFinished(() => store.close());
  const now = Date.now();
  const times = { fetchedAt: now, checkedAt: now, dueAt: now + 1e5, staleAt: now + 2e5, goneAt: now + 3e5 };
  const entry = entryOf(KEY, body, { format, etag: '"1"', stamp: now * 1_000, ...times });
  await store.putMany([{ kind: 'put', entry }], NEVER);
  const origin = await startScriptedServer();
  const reader = await openReader(place, {
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: { profile: { ...PROFILE, miss } },
  });
  origin.answer((response, asked) => {
    if (asked.headers['if-none-match'] !== undefined) response.writeHead(304).end();
    else json({ name: 'Denver' })(response, asked);
  });
  return { reader, origin };
}

describe.each(['redis', 'disk'] as const)('what is stored in the tier %s and cannot be decoded', (tier) => {
  test.each(BODIES)('is unavailable, and why: %s', async (_, format, body, reason) => {
    const { reader } = await setup(tier, format, body, 'none');
    const offline = await reader.lookup(KEY, { offline: true });
    if (tier === 'disk')
      expect(offline).toMatchObject({
        state: 'unavailable',
        tiers: [{ tier, reason: expect.stringMatching(reason) }],
      });
    const lookup = await reader.lookup(KEY);
    expect(lookup).toMatchObject({ state: 'unavailable', tiers: [{ tier }], origin: undefined });
    expect(lookup).toMatchObject({
      reason: expect.stringMatching(`tier "${tier}" holds a value that cannot be decoded`),
    });
    expect(lookup).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  test('is fetched again where the source fetches, without a condition that would keep it', async () => {
    const { reader, origin } = await setup(tier, 'json', Buffer.from('{'), 'origin');
    expect(await reader.getMany([KEY, KEY])).toEqual([{ name: 'Denver' }, { name: 'Denver' }]);
    expect(await reader.lookup(KEY)).toMatchObject({ state: 'value', tier: 'memory' });
    expect(origin.asked).toHaveLength(1);
  });
});

test('what cannot be decoded is removed, so that no run takes it for warm', async () => {
  const { reader } = await setup('redis', 'json', Buffer.from('{'), 'none');
  expect(await reader.has(KEY)).toBe(true);
  expect(await reader.lookup(KEY)).toMatchObject({ state: 'unavailable' });
  expect(await reader.has(KEY)).toBe(false);
});
