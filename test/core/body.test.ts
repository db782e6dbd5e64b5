import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, valueFrom } from '../../src/core/body.ts';
import type { BodyFormat } from '../../src/core/entry.ts';

/** What both notations hold: msgpack also tells -0 from 0, JSON does not. */
const values = fc
  .jsonValue()
  .map((value) => JSON.stringify(value).replaceAll('"__proto__":', '"proto":'))
  .map((text) => JSON.parse(text) as unknown);
const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 });

describe('a body', () => {
  it.each(['json', 'msgpack'] as const)('of %s gives any value back', (format) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(valueFrom(format, bodyOf(format, value))).toEqual(value);
      }),
    );
  });

  it('of json gives a member called __proto__ back, and msgpack takes it as a value', () => {
    const text = '{"__proto__":[1]}';
    expect(JSON.stringify(valueFrom('json', bodyOf('json', JSON.parse(text))))).toBe(text);
    expect(valueFrom('msgpack', bodyOf('msgpack', ['__proto__']))).toEqual(['__proto__']);
  });

  it('of raw gives bytes back, and text as UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(valueFrom('raw', bodyOf('raw', bytes))).toBe(bytes);
      }),
    );
    expect(Buffer.from(bodyOf('raw', 'zürich')).toString()).toBe('zürich');
  });

  it('of float32 gives numbers back wherever in a buffer it begins', () => {
    fc.assert(
      fc.property(floats, fc.nat({ max: 9 }), (numbers, at) => {
        const body = bodyOf('float32', numbers);
        expect(body.byteLength).toBe(numbers.length * 4);
        const inside = Buffer.concat([Buffer.alloc(at), body, Buffer.alloc(3)]).subarray(
          at,
          at + body.byteLength,
        );
        expect(valueFrom('float32', inside)).toEqual(Float32Array.from(numbers));
      }),
    );
  });

  it('of float32 is little-endian, and takes typed arrays of either width', () => {
    expect(Buffer.from(bodyOf('float32', [1.5])).toString('hex')).toBe('0000c03f');
    expect(bodyOf('float32', new Float64Array([0.1]))).toEqual(bodyOf('float32', new Float32Array([0.1])));
  });

  it('of float32 is read into memory of its own, so that nobody writes into a cache', () => {
    const body = bodyOf('float32', [1, 2]);
    const vector = valueFrom('float32', body);
    if (!(vector instanceof Float32Array)) throw new Error('not a vector');
    vector[0] = 9;
    expect(valueFrom('float32', body)).toEqual(Float32Array.of(1, 2));
  });

  it.each<[BodyFormat, unknown, string]>([
    ['json', undefined, 'as JSON: JSON has no word for a value of type undefined'],
    ['json', 1n, 'as JSON'],
    ['msgpack', undefined, 'as MessagePack: MessagePack has no word for a value of type undefined'],
    ['msgpack', Symbol('s'), 'as MessagePack'],
    ['msgpack', JSON.parse('[{"a":{"__proto__":1}}]'), 'a member is called "__proto__"'],
    ['raw', { a: 1 }, 'of type object is neither bytes nor text'],
    ['float32', 'text', 'it is no list of numbers'],
    ['float32', [1, Number.NaN], 'item 1 is NaN'],
    ['float32', [1e300], 'item 0 is 1e+300'],
    ['float32', [1, '2'], 'item 1 is 2'],
  ])('of %s is not made of %s', (format, value, says) => {
    expect(() => bodyOf(format, value)).toThrow(says);
    expect(() => bodyOf(format, value)).toThrow(expect.objectContaining({ code: 'E_BODY_INVALID' }));
  });

  it.each<[BodyFormat, Uint8Array, string]>([
    ['json', Buffer.from('{"a":'), 'the body is not JSON'],
    ['msgpack', Buffer.from(bodyOf('msgpack', { a: [1, 2] })).subarray(0, 4), 'the body is not MessagePack'],
    ['msgpack', Buffer.from('<html>a secret</html>'), 'MessagePack: bytes are left over at its end'],
    ['msgpack', Buffer.alloc(0), 'the body is not MessagePack'],
    ['float32', Buffer.alloc(6), '6 bytes are no multiple of 4'],
  ])('of %s is not read from %s', (format, body, says) => {
    expect(() => valueFrom(format, body)).toThrow(says);
    expect(() => valueFrom(format, body)).toThrow(expect.objectContaining({ code: 'E_BODY_INVALID' }));
  });
});
