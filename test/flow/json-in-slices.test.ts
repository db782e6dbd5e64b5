import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type JsonOptions, parseInSlices } from '../../src/flow/json-in-slices.ts';
import { longestTurn } from '../support/turns.ts';

const clock = systemClock;
/** Long enough to be read in slices, and the same value. */
const long = (text: string) => `${' '.repeat(20_000)}${text}`;
const read = (text: string, options: Partial<JsonOptions> = {}) =>
  parseInSlices(long(text), { clock, ...options });

function native(text: string): unknown {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'refused';
  }
}

const sliced = (text: string) =>
  read(text).then(
    (value) => ({ value }),
    () => 'refused',
  );

describe('JSON in slices', () => {
  test('is read as JSON.parse reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        expect(await sliced(text)).toEqual(native(text));
      }),
    );
  });

  test('is refused where JSON.parse refuses it', async () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '\\',
        '"a"',
        '1',
        '-',
        '0',
        '.5',
        'e9',
        'null',
        'tru',
        ' ',
        '\n',
      ],
      ...[
        '\u00a0',
        '\\u00e9',
        '"\\"',
        '\u0001',
        '"__proto__":',
        '{"a":',
        '[[',
        'é',
        '😀',
        '\ufeff',
        '01',
        '+1',
        'NaN',
      ],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
      fc.tuple(fc.json(), fc.nat(), piece).map(([json, at, some]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + some + json.slice(place);
      }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (some) => {
        expect(await sliced(some)).toEqual(native(some));
      }),
      { numRuns: 1_000 },
    );
  });

  test('has a name "__proto__" as a member like any other', async () => {
    const value = (await read('{"__proto__":{"a":1}}')) as object;
    expect([Object.keys(value), Object.getPrototypeOf(value)]).toEqual([['__proto__'], Object.prototype]);
  });

  test.each([
    ['[1,]', 'unexpected "]" at character 20004'],
    ['[1', 'unexpected the end at character 20003'],
    ['"abc', 'a string that begins at character 20001 has no end'],
    ['{"a":1,"b":2,"c":3}', 'an object has more than 2 members'],
  ])('says of %s: %s', async (text, message) => {
    await expect(read(text, { mostMembers: 2 })).rejects.toThrow(message);
  });

  test('is refused where it is nested deeper than anything after it could bear', async () => {
    await expect(read('['.repeat(5_001))).rejects.toThrow('it is nested more than 5000 deep');
  });

  test.each([
    ['texts', `[${'"quote:m1",'.repeat(300_000)}1]`],
    ['objects', `[${'{"a":1,"b":"c"},'.repeat(150_000)}1]`],
    ['names', `{${Array.from({ length: 100_000 }, (_, i) => `"n${i}":1`).join(',')}}`],
    ['escapes', `["${'\\"'.repeat(1_000_000)}"]`],
    ['backslashes', `["${'\\\\'.repeat(1_000_000)}"]`],
    ['spaces', `[${' \n'.repeat(1_000_000)}]`],
    ['numbers', `[${'-1.5e3,'.repeat(300_000)}1]`],
  ])('holds nobody up for 50 ms, with many %s', async (_, text) => {
    const flat = Buffer.from(text).toString();
    expect(await longestTurn(() => parseInSlices(flat, { clock }))).toBeLessThan(50);
  });
});
