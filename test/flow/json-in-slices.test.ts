import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { isDoubled } from '../../src/core/doubled-member.ts';
import { parseExactly } from '../../src/core/exact-json.ts';
import { Breath } from '../../src/flow/breath.ts';
import { type JsonOptions, parseInSlices } from '../../src/flow/json-in-slices.ts';
import { wantedAt } from '../../src/flow/wanted.ts';
import { readPath } from '../../src/origins/json-path.ts';
import { longestTurn } from '../support/turns.ts';

const clock = systemClock;
const breath = () => new Breath({ clock });
/** Long enough to be read in slices, and the same value. */
const long = (text: string) => `${' '.repeat(20_000)}${text}`;
const read = (text: string, options: Partial<JsonOptions> = {}) =>
  parseInSlices(long(text), { breath: breath(), ...options });

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

/** A value as one sees it without looking into it. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? { items: value.length } : { isEmpty: Object.keys(value).length === 0 };
}

/** Values whose strings and white space are longer than what is read together. */
const spread = fc
  .tuple(
    fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.oneof(
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.constantFrom(null, true),
        ),
        fc.constantFrom('', 'a', 'é😀"\\\u0007', '\\'.repeat(40_001), 'aé😀\n'.repeat(9_000)),
        fc.array(tie('value'), { maxLength: 13 }),
        fc.dictionary(fc.constantFrom('a', 'b', '1', '__proto__', 'd"', 'n'.repeat(20_000)), tie('value')),
      ),
    })).value,
    fc.array(fc.nat(9_000), { minLength: 1, maxLength: 6 }),
  )
  .map(([value, blanks]) => {
    let at = 0;
    const blank = () => {
      at += 1;
      return ' '.repeat(blanks[at % blanks.length] ?? 0);
    };
    const long = JSON.stringify(value).replaceAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (mark) =>
      mark.length === 1 ? `${mark}${blank()}` : mark,
    );
    return long.replaceAll(/\b\d{5,}\b/g, (digits) => (at % 2 === 0 ? `${digits}0000000000000001` : digits));
  });

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

  test('is read as JSON.parse reads it wherever it is cut, with every digit where that is asked', async () => {
    await fc.assert(
      fc.asyncProperty(spread, async (text) => {
        const exact = await parseInSlices(long(text), { breath: breath(), exact: true });
        expect(await read(text)).toEqual(JSON.parse(text));
        expect(JSON.stringify(exact)).toBe(JSON.stringify(parseExactly(text)));
      }),
      { numRuns: 30 },
    );
  });

  test('gives of what is wanted what paths find in the whole, and whether it is empty', async () => {
    const path = fc.array(fc.constantFrom('a', 'b', '0', '1', '12', 'length', '__proto__'), { maxLength: 4 });
    const paths = fc.array(fc.record({ path, whole: fc.boolean() }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(spread, paths, async (text, asked) => {
        const whole = JSON.parse(text);
        const part = await read(text, { wanted: wantedAt(asked) });
        for (const { path, whole: isWhole } of [...asked, { path: [], whole: false }]) {
          const [found, there] = [readPath(part, path), readPath(whole, path)];
          if (isWhole) expect(found).toEqual(there);
          else expect(shapeOf(found)).toEqual(shapeOf(there));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('takes the last of several members of a name, wherever they stand', async () => {
    const text = `{"a":1,"b":"${'x'.repeat(40_000)}","a":{"c":2},"d":[${'1,'.repeat(20_000)}1],"a":3}`;
    expect(await read(text)).toEqual(JSON.parse(text));
    expect(await read(text, { wanted: wantedAt([{ path: ['a'], whole: true }]) })).toMatchObject({ a: 3 });
  });

  test('has a name "__proto__" as a member like any other', async () => {
    const value = (await read('{"__proto__":{"a":1}}')) as object;
    expect([Object.keys(value), Object.getPrototypeOf(value)]).toEqual([['__proto__'], Object.prototype]);
  });

  test.each([
    ['[1,]', 'there is a "]" at character 20004, where none belongs'],
    ['[1', 'it ends too early, at character 20003'],
    ['"abc', 'the text that begins at character 20001 has no closing quotation mark'],
    ['{"a":1,"b":2,"c":3}', 'an object has more than 2 members'],
  ])('says of %s: %s', async (text, message) => {
    await expect(read(text, { mostMembers: 2 })).rejects.toThrow(message);
  });

  test('may be held to name each member once, whatever it is written as, and however deep and long', async () => {
    const many = Array.from({ length: 9_000 }, (_, i) => `"n${i}":":"`).join(',');
    for (const text of [
      '{"a":1,"a":2}',
      '[{"b":{"a":1,"\\u0061":1}}]',
      '{"__proto__":1,"b":2,"__proto__":1}',
      `{"a":":",${many},"a":1}`,
      `{${many},"b":[${'1,'.repeat(20_000)}{"a":1,"a":1}]}`,
    ]) {
      for (const spaced of [text, long(text)]) {
        const refusal = await parseInSlices(spaced, { breath: breath(), once: true }).catch(
          (error: unknown) => error,
        );
        expect(isDoubled(refusal), text.slice(0, 40)).toBe(true);
        expect(String(refusal)).toMatch(/a member "(a|__proto__)" stands twice/);
      }
      await expect(read(text)).resolves.toEqual(JSON.parse(text));
    }
    const value = { a: { a: [{ a: 1 }, { a: 2 }] }, toString: 1, '__proto__:': 1 };
    for (const text of [JSON.stringify(value), long(JSON.stringify(value)), `{${many}}`, long('":"')])
      expect(await parseInSlices(text, { breath: breath(), once: true })).toEqual(JSON.parse(text));
  });

  test('is refused where it is nested deeper than anything after it could bear', async () => {
    await expect(read('['.repeat(5_001))).rejects.toThrow('it is more than 5,000 levels deep');
  });

  test.each([
    ['texts', `[${'"quote:m1",'.repeat(300_000)}1]`],
    ['objects', `[${'{"a":1,"b":"c"},'.repeat(150_000)}1]`],
    ['names', `{${Array.from({ length: 100_000 }, (_, i) => `"n${i}":1`).join(',')}}`],
    ['escapes', `["${'\\"'.repeat(5_000_000)}"]`],
    ['backslashes', `["${'\\\\'.repeat(5_000_000)}"]`],
    ['spaces', `[${' \n'.repeat(2_000_000)}]`],
    ['lists in lists', `[${`${'['.repeat(4_000)}${']'.repeat(4_000)},`.repeat(200)}1]`],
    [
      'lists in long lists',
      `[${`${'['.repeat(900)}"${'x'.repeat(17_000)}"${']'.repeat(900)},`.repeat(100)}1]`,
    ],
    ['numbers', `[${'-1.5e3,'.repeat(300_000)}1]`],
  ])('holds nobody up for 50 ms, with many %s', async (_, text) => {
    const flat = Buffer.from(text).toString();
    expect(await longestTurn(() => parseInSlices(flat, { breath: breath() }))).toBeLessThan(50);
  });
});
