import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { PATIENCE } from '../../../src/flow/patience.ts';
import { ALL, ofSource, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { describeFences } from '../../contract/fences.ts';
import { entryOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { fencesOf, stamper, twoFakeTimeFences, twoFences } from '../../support/fences.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/waiting.ts';

const never = new AbortController().signal;
const key = (prefix: string, origin = 'markets') => `${prefix}:{o:${origin}}:fences`;

describeFences('Redis', () => twoFences());
describeFences('Redis, with stamps of a test clock', () => twoFakeTimeFences());

describe('fences on Redis', () => {
  it('hold one member for each thing that was fenced, however often', async () => {
    const { here, prefix } = twoFences();
    for (let n = 0; n < 5; n += 1) await here.raise([ofTag('a'), ofSource('profile')], 'drop');
    await here.raise([ofTag('a')], 'stale');
    const redis = connectRedis();
    expect((await redis.zrange(key(prefix), '0', '-1')).sort()).toEqual(
      ['drop source:profile', 'drop tag:a', 'stale tag:a'].sort(),
    );
    expect(await redis.zrange(key(prefix, 'models'), '0', '-1')).toEqual(['drop tag:a', 'stale tag:a']);
  });

  it('are read in pages by a process that starts', async () => {
    const { here, prefix, stamp } = twoFences();
    const entry = { key: 'profile:1', source: 'profile', stamp: await stamp('markets') };
    const tags = Array.from({ length: 2_500 }, (_, i) => `t${i}`);
    await here.raise(tags.map(ofTag), 'drop');
    const late = fencesOf({ prefix });
    await late.sync();
    expect(tags.filter((tag) => late.modeOf({ ...entry, tags: [tag] }) === undefined)).toEqual([]);
  });

  it('are raised however many there are at once', async () => {
    const { here, prefix, stamp } = twoFences();
    const entry = { key: 'profile:1', source: 'profile', stamp: await stamp('markets') };
    const tags = Array.from({ length: 70_000 }, (_, i) => `t${i}`);
    const fences = await here.raise(tags.map(ofTag), 'drop');
    expect(new Set(fences.map(({ origin, stamp }) => `${origin} ${stamp}`)).size).toBe(fences.length);
    expect(tags.filter((tag) => here.modeOf({ ...entry, tags: [tag] }) === undefined)).toEqual([]);
    expect(await connectRedis().zcard(key(prefix))).toBe(tags.length);
  });

  it('cost a reader that has missed nothing one command, and those of a tick one for all', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url);
    onTestFinished(async () => {
      redis.disconnect();
      await server.remove();
    });
    const there = fencesOf({ prefix: uniquePrefix(), redis });
    await there.sync();
    const before = commandsOf(await redis.info('commandstats'));
    expect(await Promise.all(Array.from({ length: 100 }, () => there.sync()))).not.toContain(false);
    const after = commandsOf(await redis.info('commandstats'));
    expect({ get: after.get - before.get, zrange: after.zrange - before.zrange }).toEqual({
      get: 1,
      zrange: 0,
    });
  });

  it('forget what is older than any entry, by the longest that any configuration let entries live', async () => {
    const prefix = uniquePrefix();
    const redis = connectRedis();
    const day = 86_400_000;
    const [short, long] = [fencesOf({ prefix, longest: 1 }), fencesOf({ prefix, longest: 10 * day })];
    const ago = (ms: number) => (Date.now() - ms) * 1_000;
    const fill = () =>
      redis.zadd(
        key(prefix),
        ago(2 * day),
        'drop tag:old',
        ago(20 * day),
        'drop tag:older',
        ago(0),
        'drop tag:new',
      );
    await fill();
    expect(await long.trim()).toBe(1);
    expect(await short.trim()).toBe(0);
    expect(await redis.zrange(key(prefix), '0', '-1')).toEqual(['drop tag:old', 'drop tag:new']);
  });

  it('are kept for as long as a value was said to live, by every process, and by those that start later', async () => {
    const prefix = uniquePrefix();
    const redis = connectRedis();
    const day = 86_400_000;
    const [here, there] = [fencesOf({ prefix, longest: 1 }), fencesOf({ prefix, longest: 1 })];
    await redis.zadd(key(prefix), (Date.now() - 2 * day) * 1_000, 'drop tag:old');
    await here.keepFor('profile', 10 * day);
    await here.keepFor('profile', day);
    await here.keepFor('nothing', day);
    expect([await there.trim(), await here.trim()]).toEqual([0, 0]);
    const value = {
      key: 'profile:7:1',
      source: 'profile',
      tags: ['old'],
      stamp: (Date.now() - 3 * day) * 1_000,
    };
    const later = fencesOf({ prefix, longest: 1 });
    for (const fences of [there, later]) {
      await fences.sync();
      // Many others make it look for those that can go.
      const others = Array.from({ length: 10_001 }, (_, i) => ({
        target: ofTag(`t${i}`),
        stamp: Date.now() * 1_000 + i,
      }));
      fences.learn(others.map((other) => ({ ...other, origin: 'markets', mode: 'drop' as const })));
      expect(fences.modeOf(value)).toBe('drop');
    }
  });

  it('say that they cannot be asked while Redis is away, in little time, and go on with those that are known', async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.remove());
    const failFast = new Redis(server.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
    onTestFinished(() => failFast.disconnect());
    failFast.on('error', () => undefined);
    await new Promise<void>((resolve) => failFast.once('ready', () => resolve()));
    const fences = fencesOf({ prefix: uniquePrefix(), redis: failFast, failFast });
    await fences.raise([ALL], 'drop');
    expect(await fences.sync()).toBe(true);
    await server.kill();
    const began = performance.now();
    for (let n = 0; n < 200; n += 1) expect(await fences.sync()).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(fences.modeOf({ key: 'quote:1', source: 'quote', tags: [], stamp: 1 })).toBe('drop');
  });
});

describe('a Redis that is connected and silent', () => {
  async function silent(piggybackTier?: 'redis') {
    const server = await startRedisServer();
    const [redis, other] = [new Redis(server.url), new Redis(server.url)];
    onTestFinished(async () => {
      for (const client of [redis, other]) client.disconnect();
      await server.remove();
    });
    const events = new Events();
    const log = new EventLog(events, ['problem']);
    const prefix = uniquePrefix();
    const fences = fencesOf({ prefix, redis, events, piggybackTier });
    const elsewhere = fencesOf({ prefix, redis: other });
    expect(await fences.sync()).toBe(true);
    await other.call('CLIENT', 'PAUSE', '800', 'ALL');
    expect(await fences.sync()).toBe(false);
    return { redis, fences, elsewhere, log, events, prefix };
  }

  it('is told at the second look of a process that has just started, which is slow itself', async () => {
    const { redis, prefix } = await silent();
    await redis.call('CLIENT', 'PAUSE', '3000', 'ALL').catch(() => undefined);
    const events = new Events();
    const log = new EventLog(events, ['problem']);
    const started = fencesOf({ prefix, redis, events });
    const first = started.sync(1);
    expect(await first).toBe(false);
    expect(log.seen).toHaveLength(0);
    expect(await started.sync(1)).toBe(false);
    expect(log.seen).toHaveLength(1);
  });

  it('is waited for by whoever may wait longer than a reader', async () => {
    const { fences } = await silent();
    expect(await fences.sync()).toBe(false);
    expect(await fences.sync(PATIENCE.errand)).toBe(true);
  });

  it('costs one reader its time, and the others none, until it answers again', async () => {
    const { fences, elsewhere, log } = await silent();
    const began = performance.now();
    for (let n = 0; n < 100; n += 1) expect(await fences.sync()).toBe(false);
    expect(performance.now() - began).toBeLessThan(200);
    expect(log.seen).toHaveLength(1);
    await elsewhere.raise([ALL], 'drop');
    await until(
      'an answer',
      () => fences.sync(),
      (known) => known,
    );
    expect(fences.modeOf({ key: 'quote:1', source: 'quote', tags: [], stamp: 1 })).toBe('drop');
  });

  it('is asked at once when a read of values was answered', async () => {
    const { redis, fences, elsewhere, events, prefix } = await silent('redis');
    const tier = new RedisTier({ redis, prefix: 'v:', events, piggybackedKey: fences.piggybackedKey });
    await elsewhere.raise([ofTag('a')], 'drop');
    await tier.getMany(['k'], 'entry', never);
    expect(await fences.sync(), prefix).toBe(true);
  });
});

describe('a tier that carries the mark', () => {
  async function setup() {
    const { here, prefix } = twoFences();
    const there = fencesOf({ prefix, piggybackTier: 'redis' });
    const tier = new RedisTier({
      ...{
        redis: connectRedis(),
        prefix: `${prefix}-values:`,
        events: new Events(),
        piggybackedKey: there.piggybackedKey,
      },
    });
    const stamp = await stamper(prefix)('markets');
    const entries = [entryOf('a', '1', { stamp, tags: ['a'] }), entryOf('b', '2', { stamp })];
    await tier.putMany(
      entries.map((entry) => ({ kind: 'put', entry })),
      never,
    );
    await there.sync();
    return { here, there, tier, entries };
  }

  it.each(['entry', 'head'] as const)(
    'proves with a read of the %s that no fence was missed',
    async (want) => {
      const { there, tier, entries } = await setup();
      const moment = there.moment();
      const read = await tier.getMany(['a', 'b', 'c'], want, never);
      expect(read.map((entry) => entry?.head)).toEqual([...entries.map(({ head }) => head), undefined]);
      expect(there.isKnownSince(moment)).toBe(true);
    },
  );

  it.each(['entry', 'head'] as const)('proves nothing when a fence was raised: %s', async (want) => {
    const { here, there, tier } = await setup();
    const moment = there.moment();
    await here.raise([ofTag('a')], 'drop');
    await tier.getMany(['a', 'b'], want, never);
    expect(there.isKnownSince(moment)).toBe(false);
    await there.sync();
    await tier.getMany(['a', 'b'], want, never);
    expect(there.isKnownSince(moment)).toBe(true);
  });
});

function commandsOf(info: string): { readonly get: number; readonly zrange: number } {
  const calls = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  return { get: calls('get'), zrange: calls('zrange') };
}
