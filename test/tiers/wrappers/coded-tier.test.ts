import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Entry } from '../../../src/core/entry.ts';
import { Events } from '../../../src/core/events.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { CodedTier } from '../../../src/tiers/wrappers/coded-tier.ts';
import { liar } from '../../contract/liar.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from '../../contract/tier.life.ts';
import { expectEntry, extendOf, getOne, put, SIGNAL, scanKeys, write } from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { type CodecChoice, codecOf, keyOf } from '../../support/codecs.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectQuietRedis, uniquePrefix } from '../../support/redis.ts';

const MAX_BODY = 2e6;
const KEYS = { a: keyOf(1), b: keyOf(2) };
const TEXT = JSON.stringify(Array.from({ length: 100 }, (_, i) => ({ id: i, name: `market ${i % 7}` })));

function memory(): Tier {
  return new MemoryTier({ maxSize: 16e6, clock: new FakeClock() });
}

function redis(events = new Events()): Tier {
  return new RedisTier({
    redis: connectQuietRedis(),
    prefix: `${uniquePrefix()}:`,
    events,
    maxBodyBytes: MAX_BODY,
  });
}

function disk(events = new Events()): Tier {
  const path = join(temporaryFolder(), 'cache.db');
  return new DiskTier({
    path,
    maxSize: 100e6,
    timeout: 2_000,
    clock: systemClock,
    events,
    maxBodyBytes: MAX_BODY,
  });
}

/** Several tiers over one store, as processes of several configurations. */
function over(store: Tier) {
  const events = new Events();
  const log = new EventLog(events, ['tier:corrupt', 'tier:coded', 'tier:reencrypted', 'problem']);
  const coded = (choice: CodecChoice) => new CodedTier({ tier: store, codec: codecOf(choice), events });
  return { log, coded };
}

const redisSweeps = 'Redis expires entries by its own clock, which no test moves';
const STORES = [
  ['memory', memory, {}],
  ['redis', redis, { [SWEEPS]: redisSweeps, [SWEEPS_IN_PARTS]: redisSweeps }],
  ['disk', disk, {}],
] as const;
const CHOICES: readonly (readonly [string, CodecChoice])[] = [
  ['compressing', {}],
  ['encrypting', { compress: 'none', keys: KEYS }],
  ['compressing and encrypting', { compress: 'brotli', keys: KEYS }],
];

for (const [name, create, except] of STORES) {
  for (const [what, choice] of CHOICES) {
    describeTier(`${name}, ${what}`, { create: () => ({ tier: over(create()).coded(choice) }), except });
  }
}

async function stored(store: Tier, key: string): Promise<Entry> {
  const entry = await getOne(store, key);
  if (entry === undefined) throw new Error(`"${key}" is not stored`);
  return entry;
}

describe.each(STORES)('a coded tier over %s', (_, create) => {
  it('reads what was stored plain, and stores plain what is configured so', async () => {
    const store = create();
    const { coded } = over(store);
    const entry = entryOf('k', TEXT);
    await put(store, entry);
    await expectEntry(coded({ keys: KEYS }), entry);
    await put(coded({ compress: 'none' }), entry);
    await expectEntry(store, entry);
  });

  it('reads what was compressed or encrypted before the configuration changed', async () => {
    const store = create();
    const { coded } = over(store);
    const entry = entryOf('k', TEXT);
    await put(coded({ compress: 'gzip', keys: KEYS }), entry);
    await expectEntry(coded({ compress: 'none', keys: KEYS, encrypt: false }), entry);
    expect((await stored(store, 'k')).head.encoding).toMatchObject({ compress: 'gzip', key: 'a' });
  });

  it('extends what is stored plain, under the key in use, or under an old one', async () => {
    const store = create();
    const { coded } = over(store);
    const entry = entryOf('k', TEXT, { stamp: 5 });
    for (const earlier of [
      {},
      { keys: { b: KEYS.b } },
      { keys: { a: KEYS.a } },
      { compress: 'none' },
    ] as const) {
      await put(coded(earlier), entry);
      const tier = coded({ keys: KEYS });
      expect(await write(tier, extendOf(entryOf('k', 'another'), 6, 1))).toBe('missing');
      const extend = extendOf(entry, 5, 1_000);
      expect(await write(tier, extend)).toBe('written');
      await expectEntry(tier, { head: { ...entry.head, ...extend.times }, body: entry.body });
      expect(await write(tier, extendOf(entry, 4, 1_000))).toBe('superseded');
    }
  });

  it('takes an entry whose key is not here for a miss, in every verb, and lets it be', async () => {
    const store = create();
    const { coded, log } = over(store);
    await put(coded({ keys: { a: KEYS.a } }), entryOf('k', TEXT));
    const other = coded({ keys: { b: KEYS.b } });
    const corrupt = log.next('tier:corrupt');
    expect(await getOne(other, 'k')).toBeUndefined();
    expect(await corrupt).toMatchObject({ key: 'k', reason: expect.stringContaining('the key "a"') });
    expect(await other.getMany(['k'], 'head', SIGNAL)).toEqual([undefined]);
    expect(await scanKeys(other, '')).toEqual([]);
    expect(await getOne(coded({ keys: KEYS }), 'k'), 'it is there for who has the key').toBeDefined();
  });

  it('takes what was changed without a trace for a miss, says so, and lets it go', async () => {
    const store = create();
    const { coded, log } = over(store);
    const tier = coded({ keys: KEYS });
    const entry = entryOf('k', TEXT, { stamp: 5 });
    await put(tier, entry, entryOf('other', `${TEXT} `));
    const [mine, others] = [await stored(store, 'k'), await stored(store, 'other')];
    const encoding = others.head.encoding;
    if (encoding === undefined || mine.head.encoding === undefined) throw new Error('they are encrypted');
    const forged = {
      ...mine.head,
      bodyBytes: others.head.bodyBytes,
      encoding: { ...mine.head.encoding, crc: encoding.crc },
    };
    await put(store, { head: forged, body: others.body });
    const corrupt = log.next('tier:corrupt');
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(await corrupt).toMatchObject({ key: 'k', reason: expect.stringContaining('another entry') });
    expect(await tier.getMany(['k', 'other'], 'head', SIGNAL)).toMatchObject([
      undefined,
      { head: { key: 'other' } },
    ]);
    expect(await scanKeys(tier, '')).toEqual(['other']);
    await put(tier, entry);
    await expectEntry(tier, entry);
  });

  it('rewrites what is under an old key, as old as it is, and nothing else', async () => {
    const store = create();
    const { coded, log } = over(store);
    const old = [1, 2, 3].map((i) => entryOf(`old:${i}`, `${TEXT}${i}`, { stamp: i }));
    const plain = entryOf('plain', TEXT);
    await put(coded({ keys: { b: KEYS.b } }), ...old);
    await put(store, plain, entryOf('absent', '', { kind: 'absent' }));
    await put(coded({ keys: { c: keyOf(3) } }), entryOf('locked', TEXT));
    const tier = coded({ keys: KEYS });
    await put(tier, entryOf('new', TEXT));
    const before = await stored(store, 'new');
    expect(await tier.reencrypt(2, SIGNAL)).toBe(2);
    expect(await tier.reencrypt(1_000, SIGNAL)).toBe(2);
    expect(await tier.reencrypt(1_000, SIGNAL)).toBe(0);
    for (const entry of [...old, plain]) {
      expect((await stored(store, entry.head.key)).head.encoding?.key).toBe('a');
      await expectEntry(coded({ keys: { a: KEYS.a } }), entry);
    }
    expect(await stored(store, 'new')).toEqual(before);
    expect((await stored(store, 'locked')).head.encoding?.key).toBe('c');
    expect(log.seen.filter(({ name }) => name === 'tier:reencrypted').map(({ payload }) => payload)).toEqual([
      { tier: store.name, keys: 2 },
      { tier: store.name, keys: 2 },
    ]);
  });

  it('scans for old keys once only, unless an old key is there with which somebody may write', async () => {
    const store = create();
    const scans: string[] = [];
    const counting = liar(store, {
      scan: (prefix, signal) => {
        scans.push(prefix);
        return store.scan(prefix, signal);
      },
    });
    const { coded } = over(counting);
    await put(store, entryOf('k', TEXT));
    const single = coded({ keys: { a: KEYS.a } });
    for (const recoded of [1, 0, 0, 0]) expect(await single.reencrypt(10, SIGNAL)).toBe(recoded);
    expect(scans.length).toBe(2);
    const rotating = coded({ keys: KEYS });
    for (const recoded of [0, 0]) expect(await rotating.reencrypt(10, SIGNAL)).toBe(recoded);
    expect(scans.length).toBe(4);
    expect(await coded({}).reencrypt(10, SIGNAL)).toBe(0);
    expect(scans.length).toBe(4);
  });

  it('decrypts again what is not to be encrypted any more', async () => {
    const store = create();
    const { coded } = over(store);
    await put(coded({ keys: KEYS }), entryOf('k', TEXT));
    expect(await coded({ keys: KEYS, encrypt: false }).reencrypt(10, SIGNAL)).toBe(1);
    await expectEntry(coded({}), entryOf('k', TEXT));
  });

  it('rewrites nothing over what is newer', async () => {
    const store = create();
    const { coded } = over(store);
    await put(coded({ keys: { b: KEYS.b } }), entryOf('k', TEXT, { stamp: 5 }));
    const newer = entryOf('k', `${TEXT} newer`, { stamp: 6 });
    /** Somebody writes between the scan of old heads and what follows from it. */
    const late = liar(store, {
      putMany: async (...args) => {
        await put(coded({ keys: KEYS }), newer);
        return store.putMany(...args);
      },
    });
    expect(await over(late).coded({ keys: KEYS }).reencrypt(10, SIGNAL)).toBe(0);
    await expectEntry(coded({ keys: KEYS }), newer);
  });
});

describe('a coded tier', () => {
  it('reports how many bytes became how many, by source', async () => {
    const { coded, log } = over(memory());
    await put(
      coded({ above: 100 }),
      entryOf('1', TEXT),
      entryOf('2', 'small', { source: 'summary' }),
      entryOf('3', TEXT),
      entryOf('4', '', { kind: 'absent' }),
    );
    const told = log.seen.filter(({ name }) => name === 'tier:coded').map(({ payload }) => payload);
    expect(told).toEqual([
      { tier: 'memory', source: 'profile', plain: TEXT.length * 2, stored: expect.any(Number) },
      { tier: 'memory', source: 'summary', plain: 5, stored: 5 },
    ]);
    const [profile] = told;
    expect(profile).toMatchObject({ stored: expect.toSatisfy((bytes: number) => bytes < TEXT.length / 2) });
  });

  it('takes as large a body as its store takes encrypted', async () => {
    const tier = over(redis()).coded({ compress: 'none', keys: KEYS });
    expect(tier.traits.maxBodyBytes).toBe(MAX_BODY - 28);
    const largest = entryOf('k', Buffer.alloc(tier.traits.maxBodyBytes, 'x'));
    await put(tier, largest);
    await expectEntry(tier, largest);
  });

  it('lets others have their turn while it codes a large batch', async () => {
    const tier = over(memory()).coded({ compress: 'gzip' });
    const entries = Array.from({ length: 500 }, (_, i) => entryOf(`k:${i}`, TEXT));
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 0);
    try {
      await put(tier, ...entries);
      const afterPut = turns;
      expect(afterPut).toBeGreaterThan(2);
      await tier.getMany(
        entries.map(({ head }) => head.key),
        'entry',
        SIGNAL,
      );
      expect(turns - afterPut).toBeGreaterThan(2);
    } finally {
      clearInterval(counting);
    }
  });

  it('gives up between turns when its caller does', async () => {
    const tier = over(memory()).coded({});
    const caller = new AbortController();
    const entries = Array.from(
      { length: 500 },
      (_, i) => ({ kind: 'put', entry: entryOf(`k:${i}`, TEXT) }) as const,
    );
    const pending = tier.putMany(entries, caller.signal);
    caller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
  });
});

describe.each([400, 400_000])('a body of %i bytes whose compression fails', (bytes) => {
  it('is stored without, in every tier, and is counted', async () => {
    const events = new Events();
    const log = new EventLog(events, ['tier:uncompressed']);
    // No level of gzip, which refuses it at every call.
    const codec = codecOf({ compress: 'gzip', level: 99, keys: bytes > 1_000 ? KEYS : {} });
    const store = memory();
    const tier = new CodedTier({ tier: store, codec, events });
    const entry = entryOf('k', 'x'.repeat(bytes));
    await put(tier, entry, entryOf('other', 'small'));
    await expectEntry(tier, entry);
    expect((await getOne(store, 'k'))?.head.encoding?.compress ?? 'none').toBe('none');
    expect(log.seen).toContainEqual({
      name: 'tier:uncompressed',
      payload: { tier: 'memory', key: 'k', reason: expect.stringMatching(/^gzip failed: \w+/) },
    });
  });
});
