import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_FORMATS, COMPRESSIONS, type Entry, type Head } from '../../../src/core/entry.ts';
import type { Codec, Opened } from '../../../src/tiers/codec/codec.ts';
import { codecOf, keyOf } from '../../support/codecs.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';

const TEXT = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ id: i, name: `market ${i % 7}` })));
const KEYS = { a: keyOf(1), b: keyOf(2) };

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.constantFrom('{"a":', '1,', 'market', '[]'), { maxLength: 400 })
    .map((parts) => Buffer.from(parts.join(''))),
);
const choices = fc.record({
  compress: fc.constantFrom(...COMPRESSIONS),
  above: fc.constantFrom(0, 100),
  level: fc.integer({ min: 1, max: 9 }),
  keys: fc.constantFrom({}, { a: KEYS.a }, KEYS),
});

function whole(opened: Opened): Entry {
  if (opened.kind === 'plain') return opened.entry;
  throw new Error(opened.reason);
}

/** The same bits but one. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

async function sealed(codec: Codec, entry: Entry): Promise<Entry> {
  const stored = await codec.seal(entry);
  expect(stored.head.encoding).toBeDefined();
  return stored;
}

describe('the codec', () => {
  it('gives every entry back as it was, whatever the format, the compression and the keys', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom(...BODY_FORMATS), choices, async (body, format, choice) => {
        const codec = codecOf(choice);
        const entry = entryOf('k', body, { format, tags: ['t'], etag: '"1"' });
        const stored = await codec.seal(entry);
        expect(stored.head.bodyBytes).toBe(stored.body.byteLength);
        const back = whole(await codec.open(stored));
        expect(back.head).toEqual(entry.head);
        expect(Buffer.compare(back.body, entry.body)).toBe(0);
        expect(whole(codec.openHead(stored.head)).head).toEqual(entry.head);
      }),
    );
  });

  it('stores no more bytes than it was given, but for what encrypting adds', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, choices, async (body, choice) => {
        const stored = await codecOf(choice).seal(entryOf('k', body));
        const added = Object.keys(choice.keys).length > 0 && body.byteLength > 0 ? 28 : 0;
        expect(stored.body.byteLength).toBeLessThanOrEqual(body.byteLength + added);
      }),
    );
  });

  it('leaves what is small, empty or does not shrink as it is', async () => {
    const codec = codecOf({ above: 1_000 });
    for (const entry of [
      entryOf('small', 'x'.repeat(1_000)),
      entryOf('random', randomBytes(2_000)),
      entryOf('absent', '', { kind: 'absent' }),
      tombstoneOf('dropped', 5),
    ]) {
      expect(await codec.seal(entry)).toBe(entry);
    }
    expect((await codec.seal(entryOf('large', 'x'.repeat(1_001)))).head.encoding?.compress).toBe('zstd');
    expect(await codecOf({ keys: KEYS }).seal(tombstoneOf('dropped', 5))).toEqual(tombstoneOf('dropped', 5));
  });

  it('takes bodies of any size, also those that another thread works on', async () => {
    const body = Buffer.from(TEXT.repeat(100));
    expect(body.byteLength).toBeGreaterThan(500_000);
    for (const compress of COMPRESSIONS) {
      const codec = codecOf({ compress, keys: KEYS });
      const stored = await sealed(codec, entryOf('k', body));
      expect(body.equals(whole(await codec.open(stored)).body)).toBe(true);
    }
  });

  it('makes 100 KB of JSON ready in less than 5 ms, compressed and encrypted', async () => {
    const codec = codecOf({ keys: KEYS });
    const times: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      // Another body each time: what was compressed just now is remembered.
      const rows = Array.from({ length: 1_500 }, (_, i) => ({ id: i, name: `market ${i * 7_919 + round}` }));
      const entry = entryOf('k', JSON.stringify(rows).padEnd(100_000).slice(0, 100_000));
      const began = performance.now();
      await codec.seal(entry);
      times.push(performance.now() - began);
    }
    expect(times.sort((a, b) => a - b)[4]).toBeLessThan(5);
  });

  it('goes by the source', async () => {
    const plain = { compress: { with: 'none', above: 0, level: 3 }, encrypt: false } as const;
    const secret = { compress: { with: 'gzip', above: 0, level: 3 }, encrypt: true } as const;
    const codec = codecOf({ keys: KEYS, encrypt: false, rules: { plain, secret } });
    const encodingOf = async (source: string) =>
      (await codec.seal(entryOf('k', TEXT, { source }))).head.encoding;
    expect(await encodingOf('plain')).toBeUndefined();
    expect(await encodingOf('secret')).toMatchObject({ compress: 'gzip', key: 'a' });
    expect(await encodingOf('another')).toMatchObject({ compress: 'zstd' });
    expect(await encodingOf('another')).not.toHaveProperty('key');
  });
});

describe('an encrypted entry', () => {
  const codec = codecOf({ keys: KEYS });
  const entry = entryOf('k', TEXT);

  it('shows neither its body nor a checksum of it, and is never the same twice', async () => {
    const stored = await sealed(codecOf({ keys: KEYS, compress: 'none' }), entry);
    expect(Buffer.from(stored.body).includes('market')).toBe(false);
    expect(JSON.stringify(stored.head)).not.toContain(String(entry.head.checksum));
    const again = await sealed(codecOf({ keys: KEYS, compress: 'none' }), entry);
    expect(Buffer.from(again.body).equals(stored.body)).toBe(false);
    expect(again.head.checksum, 'what tells bodies apart stays').toBe(stored.head.checksum);
  });

  it('is read with an old key, too', async () => {
    const stored = await sealed(codecOf({ keys: { b: KEYS.b } }), entry);
    expect(stored.head.encoding?.key).toBe('b');
    expect(whole(await codec.open(stored))).toEqual(entry);
  });

  it.each([
    ['a key that is not here', { a: KEYS.a }, { b: KEYS.b }],
    ['another key under the same id', { a: KEYS.a }, { a: KEYS.b }],
  ])('is locked, head and body, to who has %s', async (_, mine, theirs) => {
    const stored = await sealed(codecOf({ keys: mine }), entry);
    const other = codecOf({ keys: theirs });
    expect(await other.open(stored)).toMatchObject({ kind: 'locked' });
    expect(other.openHead(stored.head)).toMatchObject({ kind: 'locked' });
  });

  it.each<[string, (head: Head) => Partial<Head>]>([
    ['the entry of another key', () => ({ key: 'other' })],
    ['another format', () => ({ format: 'raw' })],
  ])('is not taken for %s', async (_, change) => {
    const stored = await sealed(codec, entry);
    const moved = { ...stored, head: { ...stored.head, ...change(stored.head) } };
    expect((await codec.open(moved)).kind).not.toBe('plain');
  });

  it('is not taken for another body of the same key', async () => {
    const stored = await sealed(codec, entry);
    const other = await sealed(codec, entryOf('k', `${TEXT} `));
    expect(await codec.open({ head: stored.head, body: other.body })).toMatchObject({ kind: 'damaged' });
  });

  it('may be extended: its times are not part of what is encrypted', async () => {
    const stored = await sealed(codec, entry);
    const later = { ...stored, head: { ...stored.head, stamp: entry.head.stamp + 1, goneAt: 9e12 } };
    expect(whole(await codec.open(later)).body.byteLength).toBe(entry.body.byteLength);
  });
});

describe('damage', () => {
  it.each(COMPRESSIONS)(
    'of any bit of an encrypted body, compressed by %s, is detected',
    async (compress) => {
      const codec = codecOf({ compress, keys: KEYS });
      const stored = await sealed(codec, entryOf('k', TEXT.slice(0, 600)));
      for (let bit = 0; bit < stored.body.byteLength * 8; bit += 1) {
        const opened = await codec.open({ ...stored, body: flipped(stored.body, bit) });
        expect(opened.kind, `bit ${bit}`).toBe('damaged');
      }
    },
  );

  it.each(['zstd', 'gzip', 'brotli'] as const)(
    'of any bit of a body compressed by %s gives no wrong body',
    async (compress) => {
      const codec = codecOf({ compress });
      const entry = entryOf('k', TEXT.slice(0, 600));
      const stored = await sealed(codec, entry);
      for (let bit = 0; bit < stored.body.byteLength * 8; bit += 1) {
        const opened = await codec.open({ ...stored, body: flipped(stored.body, bit) });
        // A bit that the algorithm does not read, such as the time in a gzip header, may change nothing.
        if (opened.kind === 'plain')
          expect(Buffer.compare(opened.entry.body, entry.body), `bit ${bit}`).toBe(0);
      }
    },
  );

  it('never makes it write more bytes than the head says, whatever is expanded', async () => {
    const codec = codecOf();
    const bomb = await sealed(codec, entryOf('k', Buffer.alloc(50_000_000)));
    const { encoding } = bomb.head;
    if (encoding === undefined) throw new Error('it is compressed');
    const small = { ...bomb, head: { ...bomb.head, encoding: { ...encoding, plainBytes: 1_000 } } };
    expect(await codec.open(small)).toMatchObject({ kind: 'damaged' });
  });
});
