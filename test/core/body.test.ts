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

/** Its value is nowhere that a writer looks. */
class Private {
  readonly #secret = 1;
  get secret() {
    return this.#secret;
  }
}

/** What everyone expects: dates in JSON are text, it has no -0, and bytes are bytes, of whatever class. */
function asRead(format: BodyFormat, value: unknown): unknown {
  if (value instanceof Date && format === 'json') return value.toJSON();
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map((item) => asRead(format, item));
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asRead(format, member)]));
  return Object.is(value, -0) ? 0 : value;
}

describe('a body', () => {
  it.each(['json', 'msgpack'] as const)('of %s gives any value back', (format) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(valueFrom(format, bodyOf(format, value))).toEqual(value);
      }),
    );
  });

  it('of json returns a member called __proto__, and msgpack accepts it as a value', () => {
    const text = '{"__proto__":[1]}';
    expect(JSON.stringify(valueFrom('json', bodyOf('json', JSON.parse(text))))).toBe(text);
    expect(valueFrom('msgpack', bodyOf('msgpack', ['__proto__']))).toEqual(['__proto__']);
  });

  it('of raw returns bytes, and text as UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(valueFrom('raw', bodyOf('raw', bytes))).toBe(bytes);
      }),
    );
    expect(Buffer.from(bodyOf('raw', 'zürich')).toString()).toBe('zürich');
  });

  it('of float32 returns numbers wherever in a buffer it begins', () => {
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

  it('of float32 is read into memory of its own, so that callers cannot write into a cache', () => {
    const body = bodyOf('float32', [1, 2]);
    const vector = valueFrom('float32', body);
    if (!(vector instanceof Float32Array)) throw new Error('not a vector');
    vector[0] = 9;
    expect(valueFrom('float32', body)).toEqual(Float32Array.of(1, 2));
  });

  it.each<[BodyFormat, unknown, string]>([
    ['json', undefined, 'as JSON: JSON cannot express a value of type undefined'],
    ['json', 1n, 'as JSON'],
    ['msgpack', undefined, 'as MessagePack: MessagePack cannot express a value of type undefined'],
    ['msgpack', Symbol('s'), 'as MessagePack'],
    ['msgpack', JSON.parse('[{"a":{"__proto__":1}}]'), 'a member is called "__proto__"'],
    ['raw', { a: 1 }, 'of type object is neither bytes nor text'],
    ['float32', 'text', 'it is not a list of numbers'],
    ['float32', [1, Number.NaN], 'item 1 is NaN'],
    ['float32', [1e300], 'item 0 is 1e+300'],
    ['float32', [1, '2'], 'item 1 is 2'],
    ['json', Number.NaN, 'as JSON: it is NaN, and would come back as something else'],
    ['json', { rates: [1, 2, Number.POSITIVE_INFINITY] }, '"rates.2" is Infinity'],
    ['json', { a: [undefined] }, '"a.0" is undefined'],
    ['json', { a: Symbol('s') }, '"a" is a symbol'],
    ['json', { a: Object(Number.NaN) }, '"a" is NaN'],
    ['json', { a: { toJSON: () => [Number.NaN] } }, '"a.0" is NaN'],
    ['json', Buffer.from('a'), 'it is an object of class Buffer'],
    ['json', new URLSearchParams('a=1'), 'it is an object of class URLSearchParams'],
    ['json', { a: new Private() }, '"a" is an object of class Private'],
    ['msgpack', { a: '\ud800' }, '"a" is text with half of a surrogate pair'],
    ['msgpack', [{ '\udfff': 1 }], 'is text with half of a surrogate pair'],
    ['msgpack', Float32Array.of(1), 'it is an object of class Float32Array'],
    ['msgpack', { a: Object(1) }, '"a" is a boxed value'],
    ['raw', 'a\ud800', 'as bytes: it is text with half of a surrogate pair'],
  ])('of %s is not made of %s', (format, value, says) => {
    expect(() => bodyOf(format, value)).toThrow(says);
    expect(() => bodyOf(format, value)).toThrow(expect.objectContaining({ code: 'E_BODY_INVALID' }));
  });

  it.each<[string, unknown, string]>([
    ['a set', new Set([1]), 'Set'],
    ['a map', new Map([['a', 1]]), 'Map'],
    ['an error', Object.assign(new Error('x'), { code: 1 }), 'Error'],
    ['a regular expression', /x/, 'RegExp'],
    ['a promise', Promise.resolve(1), 'Promise'],
    ['memory', new ArrayBuffer(1), 'ArrayBuffer'],
    ['a date that is none', new Date(Number.NaN), 'a date that is none'],
    ['a function', () => 1, 'a function'],
    [
      'a list with a member',
      Object.assign(['a'], { total: 5 }),
      '1.total" is a member of a list besides its items',
    ],
    [
      'the matches of an expression',
      { at: /a/.exec('a') },
      'at.input" is a member of a list besides its items',
    ],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    ['a list with a hole', [1, , 2], 'a hole in a list'],
  ])('of json and of msgpack is not made of a map in which stands %s', (_, strange, says) => {
    for (const format of ['json', 'msgpack'] as const)
      expect(() => bodyOf(format, { list: [0, strange] })).toThrow(says);
  });

  it('leaves out what is undefined, and takes dates, objects of a class and what they say of themselves', () => {
    class Price {
      readonly amount = 3;
      readonly note = undefined;
    }
    const value = { a: undefined, when: new Date(0), url: new URL('http://a/'), price: new Price() };
    const text = '{"when":"1970-01-01T00:00:00.000Z","url":"http://a/","price":{"amount":3}}';
    expect(Buffer.from(bodyOf('json', value)).toString()).toBe(text);
    expect(valueFrom('msgpack', bodyOf('msgpack', value))).toEqual({
      ...{ when: new Date(0), url: 'http://a/', price: { amount: 3 } },
    });
    expect(valueFrom('msgpack', bodyOf('msgpack', [Number.NaN, 2n ** 63n, Uint8Array.of(1)]))).toEqual([
      ...[Number.NaN, 2n ** 63n, Buffer.of(1)],
    ]);
    expect(valueFrom('json', bodyOf('json', { [String.fromCharCode(0xd800)]: '\udc00' }))).toEqual({
      '\ud800': '\udc00',
    });
  });

  it('either gives back a value of any shape, or is refused', () => {
    const anything = fc.anything({
      withSparseArray: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withDate: true,
    });
    fc.assert(
      fc.property(anything, fc.constantFrom<BodyFormat>('json', 'msgpack'), (value, format) => {
        let body: Uint8Array;
        try {
          body = bodyOf(format, value);
        } catch (error) {
          expect(error).toMatchObject({ code: 'E_BODY_INVALID' });
          return;
        }
        expect(valueFrom(format, body)).toEqual(asRead(format, value));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[BodyFormat, Uint8Array, string]>([
    ['json', Buffer.from('{"a":'), 'the body is not JSON'],
    ['msgpack', Buffer.from(bodyOf('msgpack', { a: [1, 2] })).subarray(0, 4), 'the body is not MessagePack'],
    ['msgpack', Buffer.from('<html>a secret</html>'), 'MessagePack: bytes are left over at its end'],
    ['msgpack', Buffer.alloc(0), 'the body is not MessagePack'],
    ['float32', Buffer.alloc(6), '6 bytes are not a multiple of 4'],
  ])('of %s is not read from %s', (format, body, says) => {
    expect(() => valueFrom(format, body)).toThrow(says);
    expect(() => valueFrom(format, body)).toThrow(expect.objectContaining({ code: 'E_BODY_INVALID' }));
  });
});
