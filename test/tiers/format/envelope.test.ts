import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_FORMATS, COMPRESSIONS, type Encoding, type Entry } from '../../../src/core/entry.ts';

import { ForewarmError } from '../../../src/core/errors.ts';
import {
  CLOCK_START,
  decode,
  encode,
  encodeClock,
  isOtherVersion,
} from '../../../src/tiers/format/envelope.ts';
import { golden } from '../../fixtures/envelope/v1.ts';
import { entryOf } from '../../support/entries.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });

const uint32 = fc.nat({ max: 2 ** 32 - 1 });

/** As the codec writes it: the stored bytes have a checksum of their own. */
const encodings: fc.Arbitrary<(crc: number) => Encoding> = fc
  .record(
    { compress: fc.constantFrom(...COMPRESSIONS), plainBytes: uint32, key: text, masked: uint32 },
    { requiredKeys: ['compress', 'plainBytes'] },
  )
  .map((encoding) => (crc) => ({ ...encoding, crc }));

const entries: fc.Arbitrary<Entry> = fc
  .record({
    key: text,
    body: fc.uint8Array({ maxLength: 200 }),
    kind: fc.constantFrom('value', 'absent', 'dropped'),
    format: fc.constantFrom(...BODY_FORMATS),
    stamp: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    goneAt: fc.double({ noNaN: true, noDefaultInfinity: true }),
    tags: fc.array(text, { maxLength: 4 }),
    optional: fc.record(
      { etag: text, lastModified: text, version: text, contentType: text },
      { requiredKeys: [] },
    ),
    encoding: fc.option(encodings, { nil: undefined }),
    identity: uint32,
  })
  .map(({ key, body, optional, encoding, identity, ...head }) =>
    entryOf(key, body, {
      ...head,
      ...optional,
      ...(encoding && { encoding: encoding(crc32(body)), checksum: identity }),
    }),
  );

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof ForewarmError ? error.code : String(error);
  }
}

describe('the envelope', () => {
  it('is, byte for byte, what version 1 wrote', async () => {
    const hex = await readFile(new URL('../../fixtures/envelope/v1.hex', import.meta.url), 'utf8');
    const stored = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
    expect(encode(golden).toString('hex')).toBe(stored.toString('hex'));
    expect(decode(stored, 'entry')).toEqual({ head: golden.head, body: Buffer.from(golden.body) });
  });

  it('gives every entry back as it was', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const back = decode(encode(entry), 'entry');
        expect(back.head).toEqual(entry.head);
        expect(Buffer.compare(back.body, entry.body)).toBe(0);
      }),
    );
  });

  it('writes the first version wherever that can say it, so that older processes go on reading', () => {
    const versionOf = (entry: Entry) => encode(entry).readUInt16BE(2);
    expect(versionOf(entryOf('k', 'x'))).toBe(1);
    expect(versionOf(entryOf('k', 'x', { format: 'raw' }))).toBe(1);
    expect(versionOf(entryOf('k', 'x', { format: 'msgpack' }))).toBe(2);
    const encoding = { compress: 'gzip', plainBytes: 9, crc: 1 } as const;
    expect(versionOf(entryOf('k', 'x', { encoding }))).toBe(2);
  });

  it('gives the head back from bytes that end after it', () => {
    const entry = entryOf('k', 'x'.repeat(1_000));
    const bytes = encode(entry);
    const back = decode(bytes.subarray(0, bytes.length - 900), 'head');
    expect(back.head).toEqual(entry.head);
    expect(back.body.byteLength).toBe(0);
  });

  it('detects every single flipped bit', () => {
    const bytes = encode(golden);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        codeOf(() => decode(flipped, 'entry')),
        `bit ${bit}`,
      ).toBe('E_TIER_CORRUPT');
    }
  });

  it('detects every truncation, and bytes too many', () => {
    const bytes = encode(golden);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(
        codeOf(() => decode(bytes.subarray(0, length), 'entry')),
        `${length} bytes`,
      ).toBe('E_TIER_CORRUPT');
    }
    expect(codeOf(() => decode(Buffer.concat([bytes, Buffer.from('x')]), 'entry'))).toBe('E_TIER_CORRUPT');
  });

  it('takes new times without a look at the rest', () => {
    fc.assert(
      fc.property(entries, entries, (entry, later) => {
        const bytes = encode(entry);
        encodeClock(later.head.stamp, later.head).copy(bytes, CLOCK_START);
        const { stamp, fetchedAt, checkedAt, dueAt, staleAt, goneAt } = later.head;
        expect(decode(bytes, 'entry').head).toEqual({
          ...entry.head,
          ...{ stamp, fetchedAt, checkedAt, dueAt, staleAt, goneAt },
        });
      }),
    );
  });

  it('distinguishes another version from a damaged entry', () => {
    const later = encode(golden);
    later.writeUInt16BE(3, 2);
    expect(isOtherVersion(later)).toBe(true);
    expect(isOtherVersion(encode(golden))).toBe(false);
    expect(isOtherVersion(Buffer.from('something else'))).toBe(false);
    expect(() => decode(later, 'entry')).toThrow('version 3');
  });
});
