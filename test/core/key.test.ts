import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyError, KeyTemplate, LONGEST_VALUE } from '../../src/core/key.ts';

/** Any text, with a taste for what templates and hashes are made of. */
const value = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('#', '%', ':', '/', '2', '3', '~', '_', '\ud83d\ude00', 'é'),
    minLength: 1,
    maxLength: 60,
  }),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 200 }),
);

const TEMPLATES = [
  'a:{x}',
  '{x}',
  'a:{x}:b:{y}',
  '{x}/{y}',
  'p#{x}:{y}#',
  '{x}:{y}:{z}',
  'a.b*c+{x}|{y}',
].map((text) => KeyTemplate.parse(text));
const template = fc.constantFrom(...TEMPLATES);
const params = fc.record({ x: value, y: value, z: value });

const short = (text: string) => encodeURIComponent(text).length <= LONGEST_VALUE;

describe('a key', () => {
  test('is read back to the params it was built from, except those it hashes', () => {
    fc.assert(
      fc.property(template, params, (template, params) => {
        const found = template.match(template.build(params));
        const readable = template.names.filter((name) => short(params[name as 'x']));
        expect(found?.params).toEqual(Object.fromEntries(readable.map((n) => [n, params[n as 'x']])));
        expect(found?.complete).toBe(readable.length === template.names.length);
        expect(template.hashes(params)).toBe(!found?.complete);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is never the key of other params', () => {
    fc.assert(
      fc.property(template, params, params, (template, one, other) => {
        const named = (params: Record<string, string>) =>
          JSON.stringify(template.names.map((name) => params[name]));
        fc.pre(named(one) !== named(other));
        expect(template.build(one)).not.toBe(template.build(other));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is never read from two spellings', () => {
    const spelling = fc.string({
      unit: fc.constantFrom('a', '%', '4', '1', '6', 'c', 'C', 'é', '#', '~', ' '),
    });
    const template = KeyTemplate.parse('k:{x}');
    fc.assert(
      fc.property(spelling, (text) => {
        const found = template.match(`k:${text}`);
        if (found?.complete) expect(template.build(found.params)).toBe(`k:${text}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test('has no character that could be mistaken for a separator, a space or a line break', () => {
    fc.assert(
      fc.property(value, (x) => {
        expect(KeyTemplate.parse('{x}').build({ x })).toMatch(/^#?[A-Za-z0-9._~!'()*%-]+$/);
      }),
    );
  });

  test('is readable', () => {
    const template = KeyTemplate.parse('census:acs:{year}:cbsa:{cbsa}');
    expect(template.build({ year: '2024', cbsa: 'New York, NY' })).toBe(
      'census:acs:2024:cbsa:New%20York%2C%20NY',
    );
    expect(template.prefix).toBe('census:acs:');
    expect(template.names).toEqual(['year', 'cbsa']);
  });

  test('distinguishes a value that begins with # from a hash', () => {
    const template = KeyTemplate.parse('k:{x}');
    const hashed = template.build({ x: 'long '.repeat(100) });
    const lookalike = template.build({ x: hashed.slice(2) });
    expect(hashed).toMatch(/^k:#[A-Za-z0-9~-]{27}$/);
    expect(lookalike).toBe(`k:%23${hashed.slice(3)}`);
    expect(template.match(hashed)).toEqual({ params: {}, complete: false });
    expect(template.match(lookalike)).toEqual({ params: { x: hashed.slice(2) }, complete: true });
  });

  test('holds the longest value as it is, and a hash of one that is longer', () => {
    const template = KeyTemplate.parse('{x}');
    expect(template.build({ x: 'a'.repeat(LONGEST_VALUE) })).toBe('a'.repeat(LONGEST_VALUE));
    expect(template.build({ x: 'a'.repeat(LONGEST_VALUE + 1) })).toHaveLength(28);
  });

  test.each(['k:', 'k:%41', 'k:%zz', 'k:a:b', 'K:a', 'k:a b', 'xk:a', 'k:a\n', 'k:%ED%A0%80'])(
    'is not read from %j',
    (key) => {
      expect(KeyTemplate.parse('k:{x}').match(key)).toBeUndefined();
    },
  );

  test.each([
    [{}, 'param "x" is missing'],
    [{ x: '' }, 'param "x" is empty'],
    [{ y: 'a' }, 'param "x" is missing'],
  ])('is not built from %j', (params, message) => {
    const build = () => KeyTemplate.parse('k:{x}').build(params);
    expect(build).toThrow(KeyError);
    expect(build).toThrow(message);
  });
});

describe('a key template', () => {
  test('never reads a param from the prototype', () => {
    const template = KeyTemplate.parse('{constructor}');
    expect(() => template.build({})).toThrow('param "constructor" is missing');
    expect(template.hashes({})).toBe(false);
    expect(template.match(template.build({ constructor: 'a' }))?.params).toEqual({ constructor: 'a' });
    expect(() => KeyTemplate.parse('{__proto__}')).toThrow('is not a param');
  });

  test.each([
    ['', 'it is empty'],
    ['a b:{x}', 'a stray brace or a space'],
    ['a:{x', 'a stray brace'],
    ['a:{}', '"{}" is not a param'],
    ['a:{9}', '"{9}" is not a param'],
    ['{x}:{x}', 'param "x" occurs twice'],
    ['{x}{y}', 'two params need a separator'],
    ['{x}-{y}', 'two params need a separator'],
    ['{x}#{y}', 'two params need a separator'],
  ])('%j is refused', (text, message) => {
    expect(() => KeyTemplate.parse(text)).toThrow(message);
  });

  test('without params is one key', () => {
    const template = KeyTemplate.parse('config');
    expect(template.build({})).toBe('config');
    expect(template.match('config')).toEqual({ params: {}, complete: true });
    expect(template.match('configs')).toBeUndefined();
  });
});

test('a value that should be hashed is no key when it is written out, and no other text is a hash', () => {
  const template = KeyTemplate.parse('t:{x}:{y}');
  for (const long of ['a'.repeat(LONGEST_VALUE + 1), '%20'.repeat(41), encodeURIComponent('ü'.repeat(30))]) {
    const hashed = template.build({ x: decodeURIComponent(long), y: '1' });
    const fits = long.length <= LONGEST_VALUE;
    expect([template.fits(`t:${long}:1`), template.fits(hashed)]).toEqual([fits, true]);
  }
  for (const odd of [
    '#',
    '#a',
    `#${'a'.repeat(26)}`,
    `#${'a'.repeat(28)}`,
    `#${'a'.repeat(26)}_`,
    `#${'a'.repeat(26)}%`,
  ]) {
    expect(template.match(`t:${odd}:1`)).toBeUndefined();
  }
});

test('is not made of half of a surrogate pair, which could not be told from another: neither by its params nor by its template', () => {
  for (const x of ['\ud800', 'a\udfff', `\udbff${'x'.repeat(200)}`])
    expect(() => KeyTemplate.parse('a:{x}').build({ x })).toThrow(/param "x" holds U\+D[89A-F]../);
  expect(() => KeyTemplate.parse('a\ud800:{x}')).toThrow('it holds U+D800');
  const pair = '\ud83d\ude00';
  const template = KeyTemplate.parse('a:{x}');
  expect(template.match(template.build({ x: pair }))?.params).toEqual({ x: pair });
});
