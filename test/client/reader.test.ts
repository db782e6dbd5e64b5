import { ForewarmError } from 'forewarm';
import { describe, expect, test } from 'vitest';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { ReadPath } from '../../src/client/read-path.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis } from '../support/redis.ts';
import { until } from '../support/waiting.ts';
import { configOf, newPlace, openReader, PROFILE } from './reader.steps.ts';

interface Profile {
  readonly name: string;
  readonly tags: readonly string[];
}

const DENVER: Profile = { name: 'Denver', tags: ['capital', 'west'] };

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ForewarmError ? `${error.code} ${error.message}` : String(error);
}

describe('a value that was set', () => {
  test('is read by params and by key, here and by another reader', async () => {
    const place = newPlace();
    const here = await openReader(place);
    const there = await openReader(place);
    const profile = here.source<Profile>('profile');
    expect(await profile.set({ market: 'den ver' }, DENVER)).toBe(true);
    expect(profile.key({ market: 'den ver' })).toBe('profile:den%20ver');
    expect(await profile.get({ market: 'den ver' })).toEqual(DENVER);
    expect(await here.get('profile:den%20ver')).toEqual(DENVER);
    expect(await there.source<Profile>('profile').get({ market: 'den ver' })).toEqual(DENVER);
    expect(await there.has('profile:den%20ver')).toBe(true);
    expect(await there.has('profile:boulder')).toBe(false);
  });

  test('soon replaces an older one in the memory of another reader', async () => {
    const place = newPlace();
    const here = await openReader(place);
    const there = await openReader(place);
    await here.set('profile:denver', DENVER);
    await there.get('profile:denver');
    expect(there.peek('profile:denver')).toEqual(DENVER);
    await here.set('profile:denver', { ...DENVER, name: 'Mile High City' });
    const name = async () => (await there.get<Profile>('profile:denver'))?.name;
    await until('the new name', name, (now) => now === 'Mile High City');
    expect((await here.get<Profile>('profile:denver'))?.name).toBe('Mile High City');
  });

  test.each(['memory', 'disk'])(
    'leaves the older one in the %s of another host, to be served when there is nothing else',
    async (tier) => {
      const place = newPlace();
      const there = { ...newPlace(), prefix: place.prefix };
      const { redis, disk } = configOf(there).tiers;
      const tiers = {
        redis,
        disk: { ...disk, enabled: tier === 'disk' },
        memory: { enabled: tier === 'memory' },
      };
      const here = await openReader(place);
      const reader = await openReader(there, { tiers });
      await reader.set('profile:denver', DENVER);
      await here.set('profile:denver', { ...DENVER, name: 'Mile High City' });
      const offline = async () => {
        const value = await reader.get<Profile>('profile:denver', { offline: true });
        return [value?.name, (await reader.stats()).sources.profile?.stale];
      };
      await until('the older value, made stale', offline, ([, stale]) => stale === 1);
      expect(await offline()).toEqual([DENVER.name, 2]);
      expect((await reader.get<Profile>('profile:denver'))?.name).toBe('Mile High City');
    },
  );

  test.each([
    ['prefix=profile:den', null],
    ['source=profile age<1h', 1],
  ])('is found by an invalidation by %s, even if no run ever knew of it', async (selector, keys) => {
    const reader = await openReader(newPlace());
    await reader.set('profile:denver', DENVER);
    const request = { selector, mode: 'drop', rewarm: false, dryRun: false } as const;
    expect(await reader.verbs.invalidate(request, 'api')).toMatchObject({ keys });
    expect(await reader.get('profile:denver')).toBeUndefined();
  });

  test('is shared and frozen, or copied where it is bytes', async () => {
    const reader = await openReader(newPlace());
    await reader.set('profile:denver', DENVER);
    const [first, second] = await reader.getMany<Profile>(['profile:denver', 'profile:denver']);
    expect(first).toBe(second);
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.isFrozen(first?.tags)).toBe(true);
    const tile = reader.source<Uint8Array>('tile');
    await tile.set({ z: 3, x: 7 }, Uint8Array.of(1, 2, 3));
    const mine = await tile.get({ z: 3, x: 7 });
    mine?.fill(0);
    expect(await tile.get({ z: 3, x: 7 })).toEqual(Uint8Array.of(1, 2, 3));
    expect(tile.peek({ z: 3, x: 7 })).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('is refused if its format cannot hold it or its guard rejects it', async () => {
    const reader = await openReader(newPlace());
    expect(await codeOf(reader.set('profile:denver', {}))).toMatch(
      /^E_BODY_INVALID the value of "profile:denver": /,
    );
    expect(await codeOf(reader.set('profile:denver', undefined))).toContain('E_BODY_INVALID');
    expect(await codeOf(reader.set('tile:1:2', 7))).toContain('is neither bytes nor text');
    expect(await reader.has('profile:denver')).toBe(false);
  });
});

describe('a read', () => {
  test('of a key that is not stored is undefined, in its place among others', async () => {
    const reader = await openReader(newPlace());
    const profile = reader.source<Profile>('profile');
    await profile.setMany([
      [{ market: 'a' }, DENVER],
      [{ market: 'c' }, { ...DENVER, name: 'C' }],
    ]);
    const found = await profile.getMany([{ market: 'c' }, { market: 'b' }, { market: 'a' }, { market: 'c' }]);
    expect(found.map((each) => each?.name)).toEqual(['C', undefined, 'Denver', 'C']);
    const { sources } = await reader.stats();
    expect(sources.profile).toMatchObject({ memory: 3, misses: 1 });
  });

  test('by peek returns at once, from memory alone', async () => {
    const place = newPlace();
    const writer = await openReader(place);
    const reader = await openReader(place);
    await writer.set('profile:denver', DENVER);
    expect(reader.peek('profile:denver')).toBeUndefined();
    await reader.get('profile:denver');
    expect(reader.peek('profile:denver')).toEqual(DENVER);
    expect(reader.source('profile').peek({ market: 'denver' })).toEqual(DENVER);
  });

  test('offline asks no shared tier', async () => {
    const place = newPlace();
    const writer = await openReader(place, {
      tiers: { redis: { prefix: `${place.prefix}values:` }, disk: { enabled: false } },
    });
    await writer.set('profile:only-shared', DENVER);
    const reader = await openReader(place);
    await reader.set('profile:denver', DENVER);
    const fresh = await openReader(place);
    expect(await fresh.get('profile:only-shared', { offline: true })).toBeUndefined();
    expect(await fresh.get('profile:denver', { offline: true })).toEqual(DENVER);
    expect(await fresh.get('profile:only-shared')).toEqual(DENVER);
  });

  test('that is aborted rejects with the reason, and others go on', async () => {
    const place = newPlace();
    await (await openReader(place)).set('profile:denver', DENVER);
    const reader = await openReader(place);
    const gone = new AbortController();
    const given = reader.get('profile:denver', { signal: gone.signal });
    const kept = reader.get('profile:denver');
    gone.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(await kept).toEqual(DENVER);
    await expect(reader.get('profile:denver', { signal: gone.signal })).rejects.toThrow('enough');
  });

  test('names what may have been meant', async () => {
    const reader = await openReader(newPlace());
    expect(() => reader.source('profil')).toThrow(
      'source "profil" is not configured; did you mean "profile"?',
    );
    expect(await codeOf(reader.source('profile').get({ markt: 'denver' }))).toBe(
      'E_KEY_INVALID source "profile": key template "profile:{market}": param "market" is missing; "markt" is given, did you mean that?',
    );
    expect(await codeOf(reader.get('nothing:like:it'))).toContain(
      'E_KEY_INVALID key "nothing:like:it" fits no source',
    );
  });
});

describe('an invalidation', () => {
  test('drops a value here and elsewhere', async () => {
    const place = newPlace();
    const here = await openReader(place);
    const there = await openReader(place);
    const profile = here.source<Profile>('profile');
    await profile.set({ market: 'denver' }, DENVER);
    await there.get('profile:denver');
    await profile.invalidate({ market: 'denver' });
    expect(await profile.get({ market: 'denver' })).toBeUndefined();
    await until(
      'the drop',
      () => there.get('profile:denver'),
      (value) => value === undefined,
    );
  });

  test('with the mode stale goes on serving the value', async () => {
    const reader = await openReader(newPlace());
    await reader.set('profile:denver', DENVER);
    await reader.invalidate(['profile:denver'], { mode: 'stale' });
    expect(await reader.get('profile:denver')).toEqual(DENVER);
    expect((await reader.stats()).sources.profile?.stale).toBe(1);
  });
});

test('an invalidation by tag holds for what readers have in memory, here and elsewhere', async () => {
  const place = newPlace();
  const tagged = { sources: { profile: { ...PROFILE, tags: ['market:{market}'] } } };
  const here = await openReader(place, tagged);
  const there = await openReader(place, tagged);
  await here.source('profile').setMany([
    [{ market: 'denver' }, DENVER],
    [{ market: 'boulder' }, DENVER],
  ]);
  await there.getMany(['profile:denver', 'profile:boulder']);
  expect(there.peek('profile:denver')).toEqual(DENVER);
  const request = { selector: 'tag=market:denver', mode: 'drop', rewarm: false, dryRun: false } as const;
  await here.verbs.invalidate(request, 'api');
  expect(here.peek('profile:denver')).toBeUndefined();
  expect(await here.getMany(['profile:denver', 'profile:boulder'])).toEqual([undefined, DENVER]);
  await until(
    'the drop',
    async () => there.peek('profile:denver'),
    (value) => value === undefined,
  );
  expect(there.peek('profile:boulder')).toEqual(DENVER);
  expect(await there.get('profile:denver', { offline: true })).toBeUndefined();
});

test('entries are listed with their params and without their values', async () => {
  const reader = await openReader(newPlace());
  const profile = reader.source<Profile>('profile');
  await profile.set({ market: 'denver' }, DENVER);
  await reader.source('tile').set({ z: 1, x: 2 }, Uint8Array.of(1));
  const listed = [];
  for await (const { key, params, freshness, exists, bytes } of profile.entries())
    listed.push({ key, params, freshness, exists, bytes });
  expect(listed).toEqual([
    { key: 'profile:denver', params: { market: 'denver' }, freshness: 'fresh', exists: true, bytes: 43 },
  ]);
  const keys = [];
  for await (const { key } of reader.entries()) keys.push(key);
  expect(keys.sort()).toEqual(['profile:denver', 'tile:1:2']);
});

test('a reader closes with its block, and reads no more', async () => {
  const place = newPlace();
  const closed = await (async () => {
    await using reader = await openReader(place);
    await reader.set('profile:denver', DENVER);
    return reader;
  })();
  expect(await codeOf(closed.get('profile:denver'))).toBe('E_TIER_CLOSED the reader is closed');
});

test('a read that finds closed tiers says that its reader is closed where it is, and what they say where not', async () => {
  const gone = () => Promise.reject(new ForewarmError('E_TIER_CLOSED', 'tier "stack" is closed'));
  const below = { get: gone, has: gone, hit: () => undefined } as never;
  const path = new ReadPath({
    ...{ memoryReads: below, stackReads: below, offlineReads: below, storedValues: below },
    ...{ clock: new FakeClock(), memory: undefined, offline: false },
  });
  const begin = () => [
    path.get('a:1', undefined, undefined, undefined),
    path.lookup('a:1', undefined, undefined, { offline: true }),
    path.has('a:1', undefined),
  ];
  const told = (all: readonly Promise<unknown>[]) => Promise.all(all.map(codeOf));
  expect(await told(begin())).toEqual(Array(3).fill('E_TIER_CLOSED tier "stack" is closed'));
  const underWay = begin();
  path.close();
  expect(await told(underWay)).toEqual(Array(3).fill('E_TIER_CLOSED the reader is closed'));
});

test('reads are reported to the catalog, with how often each key was read', async () => {
  const place = newPlace();
  const reader = await openReader(place);
  await reader.set('profile:denver', DENVER);
  for (let i = 0; i < 7; i += 1) await reader.get('profile:denver');
  await reader.get('profile:boulder');
  await reader.close();
  const popularity = new RedisPopularity({ redis: connectRedis(), prefix: place.prefix, holder: 'me' });
  expect(await popularity.top('profile', 10, Date.now())).toEqual([
    { key: 'profile:denver', reads: 7 },
    { key: 'profile:boulder', reads: 1 },
  ]);
});
