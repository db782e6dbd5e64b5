import type { Connection } from 'forewarm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Markets, startMarkets } from '../support/markets.ts';
import { TEST_PATIENCE, until, within } from '../support/waiting.ts';
import { type Changes, newPlace, openReader, PROFILE } from './reader.steps.ts';

interface Profile {
  readonly market: string;
}

/** Markets of the example origin. */
const IDS = ['5128581', '5368361', '4887398', '4699066', '4684888'] as const;
const [NEW_YORK] = IDS;

let markets: Markets;
beforeAll(async () => {
  markets = await startMarkets();
});
afterAll(() => markets.stop());

/** A configuration with one source that is fetched from the markets. */
function fetching(source: Changes, origin: Changes = {}): Changes {
  return {
    origins: { markets: { kind: 'http', url: markets.url, ...origin } },
    sources: { profile: { ...PROFILE, miss: 'origin', ...source } },
  };
}

async function callsFor(id: string): Promise<number> {
  const { callsPerKey = {} } = await markets.counters({ keys: true });
  return callsPerKey[`profile:${id}`] ?? 0;
}

/** Stores a value whose ttl is over, and which may still be served. */
async function storeStale(reader: Connection, id: string): Promise<void> {
  await reader.set(`profile:${id}`, { market: 'old' });
  await reader.invalidate(`profile:${id}`, { mode: 'stale' });
}

/** A call has reached the origin. */
function underWay(): Promise<unknown> {
  return until(
    'the call',
    () => markets.counters(),
    ({ inFlight }) => inFlight > 0,
  );
}

describe('the policy origin', () => {
  test('fetches what no tier has, and stores it for the others', async () => {
    const place = newPlace();
    const reader = await openReader(place, fetching({}));
    await markets.resetCounters();
    expect(await reader.source<Profile>('profile').get({ market: NEW_YORK })).toMatchObject({
      market: NEW_YORK,
    });
    expect(await callsFor(NEW_YORK)).toBe(1);
    const other = await openReader(place);
    expect(await other.get(`profile:${NEW_YORK}`)).toMatchObject({ market: NEW_YORK });
    expect(await callsFor(NEW_YORK)).toBe(1);
  });

  test('stores values that an invalidation by prefix finds, though no run and no catalog knows of them', async () => {
    const place = newPlace();
    const [reader, other] = [await openReader(place, fetching({})), await openReader(place)];
    const keys = IDS.map((id) => `profile:${id}`);
    await reader.getMany(keys);
    await other.getMany(keys);
    const drop = { mode: 'drop', rewarm: false, dryRun: false } as const;
    const report = await reader.verbs.invalidate({ ...drop, selector: 'prefix=profile:4' }, 'api');
    expect(report).toMatchObject({ keys: null });
    await until(
      'the end of what starts so, in the memory of another process',
      () => other.getMany(keys),
      (values) => values.filter((value) => value !== undefined).length === 2,
    );
    expect(await other.getMany<Profile>(keys)).toMatchObject([
      ...[{ market: IDS[0] }, { market: IDS[1] }],
      ...[undefined, undefined, undefined],
    ]);
    await markets.resetCounters();
    expect(await reader.getMany<Profile>(keys)).toMatchObject(IDS.map((market) => ({ market })));
    expect(await Promise.all(IDS.map(callsFor))).toEqual([0, 0, 1, 1, 1]);
  });

  test('calls once for reads of one key, of this turn and later ones, alone and in batches', async () => {
    const reader = await openReader(newPlace(), fetching({}));
    await markets.resetCounters();
    await markets.control({ latency: 150, spread: 0 });
    const profile = reader.source<Profile>('profile');
    const reads: Promise<unknown>[] = [
      profile.get({ market: IDS[0] }),
      profile.getMany(IDS.slice(0, 3).map((market) => ({ market }))),
    ];
    await underWay();
    reads.push(profile.getMany(IDS.map((market) => ({ market }))), profile.get({ market: IDS[2] }));
    const found = await Promise.all(reads);
    await markets.control({ latency: 0 });
    expect(found.flat().map((value) => (value as Profile | undefined)?.market)).toEqual([
      IDS[0],
      ...IDS.slice(0, 3),
      ...IDS,
      IDS[2],
    ]);
    expect(await Promise.all(IDS.map(callsFor))).toEqual([1, 1, 1, 1, 1]);
  });

  test('remembers that there is no such value', async () => {
    const reader = await openReader(newPlace(), fetching({}));
    const { calls } = await markets.counters();
    expect(await reader.get('profile:nowhere')).toBeUndefined();
    expect(await reader.get('profile:nowhere')).toBeUndefined();
    expect((await markets.counters()).calls).toBe(calls + 1);
    expect((await reader.stats()).sources.profile).toMatchObject({ memory: 1, below: 1, misses: 0 });
  });

  test('serves a stale value at once and the fresh one later', async () => {
    const reader = await openReader(newPlace(), fetching({}));
    const profile = reader.source<Profile>('profile');
    await storeStale(reader, NEW_YORK);
    expect(await profile.get({ market: NEW_YORK })).toEqual({ market: 'old' });
    const now = async () => (await profile.get({ market: NEW_YORK }))?.market;
    await until('the fresh value', now, (got) => got === NEW_YORK);
  });

  test('waits until the soft deadline before it serves a stale value', async () => {
    const reader = await openReader(newPlace(), fetching({ softDeadline: '2s' }));
    const profile = reader.source<Profile>('profile');
    await storeStale(reader, NEW_YORK);
    expect(await profile.get({ market: NEW_YORK })).toMatchObject({ market: NEW_YORK });
    await storeStale(reader, IDS[1]);
    await markets.control({ latency: 5_000, spread: 0 });
    const began = performance.now();
    expect(await profile.get({ market: IDS[1] })).toEqual({ market: 'old' });
    await markets.control({ latency: 0 });
    expect(performance.now() - began).toBeGreaterThan(1_900);
  });

  test('is a miss at the hard deadline, and the value is there later', async () => {
    const reader = await openReader(newPlace(), fetching({ hardDeadline: '100ms' }));
    await markets.control({ latency: 600, spread: 0 });
    expect(await reader.get(`profile:${NEW_YORK}`)).toBeUndefined();
    await markets.control({ latency: 0 });
    await until('the value', async () => reader.peek(`profile:${NEW_YORK}`), Boolean);
  });

  test('does not call an origin for a while after it failed, and serves what there is', async () => {
    const place = newPlace();
    const config = fetching({ softDeadline: '10s' });
    const [reader, other] = [await openReader(place, config), await openReader(place, config)];
    await storeStale(reader, NEW_YORK);
    await markets.control({ errorRate: 1 });
    await markets.resetCounters();
    let tries = 0;
    reader.on('origin:call', () => {
      tries += 1;
    });
    expect(await reader.get(`profile:${NEW_YORK}`)).toEqual({ market: 'old' });
    expect(tries).toBeGreaterThan(0);
    for (let i = 0; i < 50; i += 1)
      expect(await reader.get(`profile:${NEW_YORK}`)).toEqual({ market: 'old' });
    expect(await other.get(`profile:${NEW_YORK}`)).toEqual({ market: 'old' });
    await markets.control({ errorRate: 0 });
    expect((await markets.counters()).calls).toBe(tries);
  });

  test('goes on with the fetch for the others when one read is aborted', async () => {
    const reader = await openReader(newPlace(), fetching({}));
    await markets.control({ latency: 150, spread: 0 });
    const gone = new AbortController();
    const given = reader.get(`profile:${NEW_YORK}`, { signal: gone.signal });
    const kept = reader.get(`profile:${NEW_YORK}`);
    await underWay();
    gone.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(await kept).toMatchObject({ market: NEW_YORK });
    await markets.control({ latency: 0 });
  });

  test('takes over from a reader that has died with the lease', async () => {
    const place = newPlace();
    const [first, second] = [
      await openReader(place, fetching({})),
      await openReader(place, fetching({ hardDeadline: '10s' })),
    ];
    await markets.control({ latency: 3_000, spread: 0 });
    first.get(`profile:${NEW_YORK}`).catch(() => undefined);
    await underWay();
    const read = second.get(`profile:${NEW_YORK}`);
    await markets.control({ latency: 0 });
    await first.close();
    expect(await within(TEST_PATIENCE, 'the value', read)).toBeDefined();
  });
});

describe('the policy none', () => {
  test('serves what there is, and does not call the origin', async () => {
    const reader = await openReader(newPlace(), fetching({ miss: 'none' }));
    const { calls } = await markets.counters();
    await storeStale(reader, NEW_YORK);
    expect(await reader.getMany([`profile:${NEW_YORK}`, 'profile:other'])).toEqual([
      { market: 'old' },
      undefined,
    ]);
    expect((await markets.counters()).calls).toBe(calls);
  });
});
