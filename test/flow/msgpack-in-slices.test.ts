import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { bodyOf, valueFrom } from '../../src/core/body.ts';
import { systemClock } from '../../src/core/clock.ts';
import { MOST_LEVELS } from '../../src/core/nesting.ts';
import { Breath } from '../../src/flow/breath.ts';
import { type PackedOptions, unpackInSlices } from '../../src/flow/msgpack-in-slices.ts';
import { wantedAt } from '../../src/flow/wanted.ts';
import { longestTurn } from '../support/turns.ts';

/** In front of a value, it makes a body too large to be read at once. */
const LARGE = 'x'.repeat(20_000);
const RECORDS = new Packr();

const padded = (value: Uint8Array) => Buffer.concat([Buffer.from([0x92]), bodyOf('msgpack', LARGE), value]);
const inSlices = (body: Uint8Array, options: Partial<PackedOptions> = {}) =>
  unpackInSlices(body, { breath: new Breath({ clock: systemClock }), ...options });

/** What a reading gives, and that it refuses. */
async function tried(read: () => unknown): Promise<unknown> {
  try {
    return { value: await read() };
  } catch (error) {
    return error instanceof RangeError && /extension/.test(error.message) ? 'an extension' : 'refused';
  }
}

const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0', 'größe€'));
const scalar = fc.oneof(
  ...[fc.constantFrom<unknown>(null, true, false, -1, -33, 127, 128, 2 ** 31, 1e300), fc.integer()],
  ...[fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.string({ unit: 'grapheme' })],
  ...[fc.date({ noInvalidDate: true }), fc.uint8Array({ maxLength: 300 }), fc.constant('x'.repeat(70_000))],
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(name, tie('value'), { maxKeys: 20 }),
  ),
})).value;

describe('MessagePack in slices', () => {
  it('is read as the library reads it, records included', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), async (value, hasRecords) => {
        const plain = new Packr({ useRecords: false });
        const body = hasRecords ? RECORDS.pack([LARGE, value, value]) : plain.pack([LARGE, value]);
        expect(await inSlices(body)).toEqual(valueFrom('msgpack', body));
      }),
    );
  });

  it('takes and refuses what the library does, of any bytes', async () => {
    // Short lists, maps, texts, records and lengths among them.
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0, 1, 2, 0x41, 0x81, 0x92, 0xa1, 0xd4, 0x72, 0xdc, 0xde),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 40 }), async (bytes) => {
        const body = padded(Buffer.from(bytes));
        const given = await tried(() => inSlices(body));
        // The byte that is never used is a value for the library, and what is no UTF-8 has several replacements.
        fc.pre(!bytes.includes(0xc1) && given !== 'an extension');
        fc.pre(!bytes.some((one) => one > 0x7f && one < 0xc0 && one >= 0xa1));
        expect(given).toEqual(await tried(() => valueFrom('msgpack', body)));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what is wanted, and refuses what is cut off', async () => {
    const value = { a: [1, { b: 'x'.repeat(100_000) }], c: { d: [1, 2] }, e: 'y'.repeat(30_000) };
    const body = bodyOf('msgpack', value);
    const wanted = wantedAt([
      { path: ['a', '1'], whole: true },
      { path: ['c'], whole: false },
    ]);
    const kept = (await inSlices(body, { wanted })) as typeof value;
    expect(kept.a[1]).toEqual(value.a[1]);
    expect(kept.a).toHaveLength(2);
    expect(Object.keys(kept.c)).toEqual(['d']);
    expect(Object.keys(kept)).not.toContain('e');
    for (let cut = 1; cut < body.length; cut += 997)
      await expect(inSlices(body.subarray(0, -cut)), `${cut} bytes`).rejects.toThrow(
        /it ends too early|not MessagePack/,
      );
    await expect(inSlices(Buffer.concat([body, Buffer.from([0])]))).rejects.toThrow('bytes are left over');
  });

  it('says in a large body what is wrong', async () => {
    const levels = (most: number) => Buffer.concat([Buffer.alloc(most, 0x91), Buffer.from([0xc0])]);
    expect(await inSlices(padded(levels(MOST_LEVELS - 1)))).toHaveLength(2);
    await expect(inSlices(padded(levels(MOST_LEVELS)))).rejects.toThrow('more than 1,000 levels deep');
    await expect(inSlices(padded(Buffer.from([0xc1])))).rejects.toThrow(
      'a byte that is never used stands at byte 20,004',
    );
    await expect(inSlices(padded(Buffer.from([0x81, 0x90, 0])))).rejects.toThrow('stands for a name');
    await expect(inSlices(padded(Buffer.from([0xd4, 0x73, 0, 0x90])))).rejects.toThrow(
      'an extension of type 115 and 1 byte, at byte 20,004, is read in bodies of up to 16,384 bytes only',
    );
    const map = bodyOf('msgpack', { a: 1, b: 2 });
    await expect(inSlices(padded(map), { mostMembers: 1 })).rejects.toThrow('more than 1 members');
  });

  it('reads no references, with which a short body is without end', async () => {
    const id = (number: number, value: Buffer) =>
      Buffer.concat([Buffer.from([0xd6, 0x69, 0, 0, 0, number]), value]);
    const twice = (number: number) =>
      Buffer.from([0x92, 0xd6, 0x70, 0, 0, 0, number, 0xd6, 0x70, 0, 0, 0, number]);
    const items = Array.from({ length: 60 }, (_, i) =>
      i === 0 ? id(0, Buffer.from([0x90])) : id(i, twice(i - 1)),
    );
    const body = Buffer.concat([Buffer.from([0xdc, 0, items.length]), ...items]);
    await expect(inSlices(body)).rejects.toThrow('the body is not MessagePack');
    await expect(inSlices(padded(body))).rejects.toThrow('extension of type 105');
  });

  it.each<[string, number[]]>([
    ['nulls', [0xc0]],
    ['lists', [0x91, 0xc0]],
    ['maps', [0x81, 0xa1, 0x61, 0xc0]],
    ['texts', [0xa6, 0x67, 0x72, 0xc3, 0xb6, 0xc3, 0x9f]],
    ['numbers of 64 bits', [0xcf, 255, 255, 255, 255, 255, 255, 255, 255]],
    ['times', [0xd6, 0xff, 0, 0, 0, 0]],
    ['names of records, each used twice', [0x92, 0xd4, 0x72, 0x41, 0x91, 0xa1, 0x61, 1, 0x41, 1]],
  ])('of %s holds up nobody', async (_, piece) => {
    const count = Math.floor(2_000_000 / piece.length);
    const head = Buffer.from([0xdd, 0, 0, 0, 0]);
    head.writeUInt32BE(count, 1);
    const body = Buffer.concat([head, Buffer.alloc(count * piece.length, Buffer.from(piece))]);
    const wanted = wantedAt([{ path: ['1'], whole: false }]);
    expect(await longestTurn(() => inSlices(body, { wanted }))).toBeLessThan(50);
  });
});
