import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { lateness } from '../support/lateness.ts';
import { json, startScriptedServer, status } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';
import { apart, type Changes, newPlace, openReader, PROFILE } from './reader.steps.ts';

const KEY = 'profile:denver';
const NO_TIER = { memory: { enabled: false }, disk: { enabled: false } };

/** A reader that fetches from a server that does as it is told. */
async function fetching(source: Changes = {}) {
  const origin = await startScriptedServer();
  const reader = await openReader(newPlace(), {
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: { profile: { ...PROFILE, miss: 'origin', ...source } },
  });
  return { origin, reader };
}

test('a lookup of a value says how fresh and how old it is, when it ends, and which tier had it', async () => {
  const place = newPlace();
  const [writer, reader] = [await openReader(place), await openReader(place)];
  await writer.set(KEY, { name: 'Denver' }, { ttl: 60_000 });
  const before = Date.now();
  const first = await reader.lookup(KEY);
  if (first.state !== 'value') throw new Error(first.state);
  expect(first).toMatchObject({ value: { name: 'Denver' }, freshness: 'fresh', tier: 'redis', tags: [] });
  expect(first.age).toBeGreaterThanOrEqual(before - first.checkedAt);
  expect(first.staleAt).toBe(first.checkedAt + 60_000);
  expect(first.goneAt).toBeGreaterThan(first.staleAt);
  expect(await reader.lookup(KEY)).toMatchObject({
    state: 'value',
    tier: 'memory',
    checkedAt: first.checkedAt,
  });
  await writer.invalidate(KEY, { mode: 'stale' });
  expect(await writer.lookup(KEY)).toMatchObject({ state: 'value', freshness: 'stale' });
});

test('what nobody stored is missing, in the order of the keys, and by source as by key', async () => {
  const reader = await openReader(newPlace());
  await reader.set('profile:b', 1);
  const keys = ['profile:a', 'profile:b', 'profile:c'];
  const lookups = await reader.lookupMany(keys);
  expect(lookups.map(({ state }) => state)).toEqual(['missing', 'value', 'missing']);
  const profiles = reader.source<number>('profile');
  const bySource = await profiles.lookupMany([{ market: 'a' }, { market: 'b' }]);
  expect(bySource).toMatchObject([{ state: 'missing' }, { state: 'value', value: 1 }]);
  await expect(profiles.lookup({})).rejects.toMatchObject({ code: 'E_KEY_INVALID' });
  expect((await reader.stats()).sources.profile).toMatchObject({ misses: 3, unavailable: 0, absent: 0 });
});

test('what the origin says it has not is absent, and counted apart from hits and misses', async () => {
  const { origin, reader } = await fetching();
  origin.answer(status(404));
  const lookup = await reader.lookup(KEY);
  expect(lookup).toMatchObject({ state: 'absent', freshness: 'fresh' });
  expect(await reader.lookup(KEY)).toMatchObject({ state: 'absent', tier: 'memory' });
  expect(await reader.lookup(KEY, { offline: true })).toMatchObject({ state: 'absent' });
  expect([await reader.get(KEY), await reader.has(KEY), reader.peek(KEY)]).toEqual([
    undefined,
    false,
    undefined,
  ]);
  const { sources } = await reader.stats();
  expect(sources.profile).toMatchObject({ absent: 5, misses: 0, unavailable: 0 });
  const { statistics } = await reader.verbs.stats();
  const whole = statistics.reads.find(({ tier }) => tier === 'stack');
  expect(whole).toMatchObject({ hits: 0, absent: 4, misses: 1, errors: 0 });
});

test('a tier that is killed makes what only it may have unavailable, by name', async () => {
  const { cache, reader } = await apart(NO_TIER);
  await reader.set(KEY, { name: 'Denver' });
  await cache.kill();
  // More often than its breaker needs to open.
  for (let i = 0; i < 8; i += 1) {
    const lookup = await reader.lookup(KEY);
    expect(lookup).toMatchObject({
      state: 'unavailable',
      tiers: [{ tier: 'redis', reason: expect.stringContaining('redis') }],
      origin: undefined,
      reason: expect.stringContaining('did not answer'),
    });
  }
  expect(await reader.get(KEY)).toBeUndefined();
  await expect(reader.has(KEY)).rejects.toMatchObject({
    code: 'E_TIER_UNAVAILABLE',
    details: { key: KEY, tiers: ['redis'] },
  });
  expect((await reader.stats()).sources.profile).toMatchObject({ misses: 0, unavailable: 9 });
  const { statistics } = await reader.verbs.stats();
  expect(statistics.reads.find(({ tier }) => tier === 'stack')).toMatchObject({ misses: 0, errors: 9 });
});

test('a tier that hangs makes it unavailable just as well', async () => {
  const { cache, reader } = await apart(NO_TIER);
  const admin = new Redis(cache.url);
  await admin.client('PAUSE', 60_000, 'ALL');
  admin.disconnect();
  expect(await reader.lookup(KEY)).toMatchObject({ state: 'unavailable', tiers: [{ tier: 'redis' }] });
  await expect(reader.has(KEY)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
});

test('a value that another tier has is a value, whichever is away; an absence likewise', async () => {
  const { cache, reader } = await apart({ memory: { enabled: false } });
  await reader.set(KEY, { name: 'Denver' });
  await cache.kill();
  expect(await reader.lookup(KEY)).toMatchObject({ state: 'value', tier: 'disk' });
  expect(await reader.has(KEY)).toBe(true);
  expect(await reader.lookup('profile:other')).toMatchObject({
    state: 'unavailable',
    tiers: [{ tier: 'redis' }],
  });
  expect(await reader.lookup('profile:other', { offline: true })).toEqual({ state: 'missing' });
  expect(await reader.has('profile:other', { offline: true })).toBe(false);
});

test('offline where nothing on this host keeps the key, nobody can say that it is missing', async () => {
  const noDisk = { disk: { enabled: false } };
  const place = newPlace();
  const prefix = { prefix: `${place.prefix}values:` };
  const memoryAlone = await openReader(place, { tiers: { redis: prefix, ...noDisk } });
  const reason = expect.stringContaining('is not asked offline');
  const unavailable = { state: 'unavailable', tiers: [{ tier: 'redis', reason }] };
  expect(await memoryAlone.verbs.get(KEY, true)).toMatchObject(unavailable);
  expect(await memoryAlone.verbs.get(KEY, false)).toEqual({ state: 'missing' });
  expect(await memoryAlone.lookup(KEY, { offline: true })).toEqual({ state: 'missing' });
  await memoryAlone.set(KEY, { name: 'Denver' });
  expect(await memoryAlone.verbs.get(KEY, true)).toMatchObject({ state: 'value', tier: 'memory' });
  const other = 'profile:other';
  const onRedis = { profile: { ...PROFILE, tiers: ['redis'] } };
  for (const change of [{ tiers: { redis: prefix, ...NO_TIER } }, { sources: onRedis }]) {
    const reader = await openReader(newPlace(), change);
    expect(await reader.lookup(other, { offline: true })).toMatchObject(unavailable);
    expect(await reader.verbs.get(other, true)).toMatchObject(unavailable);
    await expect(reader.has(other, { offline: true })).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
    expect(await reader.lookup(other)).toEqual({ state: 'missing' });
  }
});

test('a tier that a source does not use says nothing of its keys, in whatever batch they are read', async () => {
  const sources = {
    profile: PROFILE,
    local: { origin: 'markets', key: 'local:{id}', request: { path: '/{id}' }, tiers: ['memory', 'disk'] },
  };
  const { cache, reader } = await apart({ memory: { enabled: false } }, { sources });
  await cache.kill();
  const lookups = await reader.lookupMany(['local:1', KEY, 'local:2']);
  expect(lookups.map(({ state }) => state)).toEqual(['missing', 'unavailable', 'missing']);
});

test.each([
  ['refuses', status(403), /answered 403/],
  ['fails', status(500), /500/],
  ['returns what the guard refuses', json([]), /refused|empty/i],
])(
  'an origin that %s is named, in its own words, to every read of the back-off',
  async (_, script, words) => {
    const { origin, reader } = await fetching({ guard: { notEmpty: true } });
    origin.answer(script);
    for (let i = 0; i < 3; i += 1) {
      const lookup = await reader.lookup(KEY);
      expect(lookup).toMatchObject({ state: 'unavailable', tiers: [], origin: { origin: 'markets' } });
      expect(lookup).toHaveProperty('origin.reason', expect.stringMatching(words));
      expect(lookup).toHaveProperty('reason', expect.stringMatching(words));
    }
    expect(await reader.get(KEY)).toBeUndefined();
  },
);

test('an inspection shows why a key could not be read, be it catalogued or not, until the origin has it again', async () => {
  const { origin, reader } = await fetching();
  origin.answer(status(403));
  await reader.lookup(KEY);
  const failure = { outcome: 'failed', reason: expect.stringContaining('403'), count: 1 };
  const shown = () => reader.verbs.inspect(KEY);
  await until('the reason', shown, (inspection) => inspection.failure !== null);
  expect(await shown()).toMatchObject({ state: 'missing', catalogued: false, failure });
  await reader.set(KEY, { name: 'Denver' });
  expect(await shown()).toMatchObject({ state: 'value', failure: null });
});

test('an origin that nothing listens on, and one that is too slow for the read, are named', async () => {
  const reader = await openReader(newPlace(), {
    sources: { profile: { ...PROFILE, miss: 'origin', hardDeadline: '10s' } },
  });
  expect(await reader.lookup(KEY)).toMatchObject({
    state: 'unavailable',
    origin: { origin: 'markets', reason: expect.stringMatching(/refused|connect|answer/i) },
  });
  const { origin, reader: hasty } = await fetching({ hardDeadline: '100ms' });
  origin.answer(() => undefined);
  expect(await hasty.lookup(KEY)).toMatchObject({
    state: 'unavailable',
    origin: { origin: 'markets', reason: 'no value within 100 ms' },
  });
});

test('a database that nothing listens on is named without its password, and an event tells of each such read', async () => {
  const reader = await openReader(newPlace(), {
    origins: { shop: { kind: 'sql', url: 'postgres://reader:hush-hush@127.0.0.1:1/shop' } },
    sources: {
      product: {
        ...{ origin: 'shop', key: 'product:{id}', miss: 'origin', hardDeadline: '10s' },
        request: { query: 'SELECT id FROM products WHERE id = $1', params: ['{id}'] },
      },
    },
  });
  const told: unknown[] = [];
  reader.on('key:unavailable', (event) => void told.push(event));
  const lookup = await reader.lookup('product:1');
  expect(lookup).toMatchObject({
    state: 'unavailable',
    origin: { origin: 'shop', reason: expect.stringMatching(/./) },
  });
  expect(await reader.get('product:1')).toBeUndefined();
  expect(JSON.stringify([lookup, told])).not.toContain('hush-hush');
  const reason = expect.stringContaining('origin "shop": ');
  expect(told).toMatchObject([
    { source: 'product', key: 'product:1', reason },
    { source: 'product', key: 'product:1', reason },
  ]);
});

test('a read waits within its deadline for an origin that asked for a second of patience', async () => {
  const { origin, reader } = await fetching({ hardDeadline: '8s' });
  let calls = 0;
  origin.answer((response, asked) => {
    calls += 1;
    if (calls === 1) status(429, { 'retry-after': '1' })(response, asked);
    else json({ name: 'Denver' })(response, asked);
  });
  const read = await Promise.all([reader.get(KEY), reader.lookup(KEY)]);
  expect(read).toMatchObject([{ name: 'Denver' }, { state: 'value', freshness: 'fresh' }]);
  expect(calls).toBe(2);
});

test('patience that goes beyond the deadline is not waited for, and the reason is told at once', async () => {
  const { origin, reader } = await fetching({ hardDeadline: '2s' });
  origin.answer(status(429, { 'retry-after': '60' }));
  const [began, late] = [performance.now(), lateness()];
  expect(await reader.lookup(KEY)).toMatchObject({
    state: 'unavailable',
    origin: { reason: expect.stringMatching(/429/) },
  });
  expect(performance.now() - began - late()).toBeLessThan(1_900);
});

test('what took longer to fetch than its ttl is served to those who waited, as long as its grace lasts', async () => {
  const { origin, reader } = await fetching({ ttl: '300ms', grace: '1h' });
  origin.answer((response, asked) => {
    setTimeout(() => json({ name: 'Denver' })(response, asked), 600);
  });
  const reads = [reader.get(KEY), reader.lookup(KEY)];
  expect(await Promise.all(reads)).toMatchObject([
    { name: 'Denver' },
    { state: 'value', freshness: 'stale', value: { name: 'Denver' } },
  ]);
});

test('reads go on from the process and the origin, inside the budget, while only the cache is away', async () => {
  const origin = await startScriptedServer();
  const { cache, reader } = await apart(
    { disk: { enabled: false } },
    {
      origins: { markets: { kind: 'http', url: origin.url, concurrency: 8, rate: '200/s' } },
      sources: { profile: { ...PROFILE, miss: 'origin', hardDeadline: '10s' } },
    },
  );
  origin.answer(json({ name: 'somewhere' }));
  await cache.kill();
  const keys = Array.from({ length: 100 }, (_, i) => `profile:m${i}`);
  for (let round = 0; round < 3; round += 1) {
    const values = await reader.getMany(keys);
    expect(values.filter((value) => value !== undefined)).toHaveLength(100);
  }
  expect(origin.asked.length).toBe(100);
});
