import { expect, test } from 'vitest';
import { decodeBody } from '../../src/client/values.ts';
import { bodyOf } from '../../src/core/body.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { BodyFormat } from '../../src/core/entry.ts';
import { isJsonTooDeep, MOST_LEVELS } from '../../src/core/nesting.ts';
import type { GuardRules } from '../../src/core/source.ts';
import { Breath } from '../../src/flow/breath.ts';
import { judge } from '../../src/origins/guard.ts';

const NO_RULES: GuardRules = {
  ...{ notEmpty: false, require: [], minBytes: 0, minItems: 0, maxBytes: 0, contentTypes: [] },
  error: undefined,
};
const SHAPES: readonly [string, (inner: unknown) => unknown][] = [
  ['lists', (inner) => [inner]],
  ['maps', (inner) => ({ a: inner })],
  ['lists with a long number', (inner) => [9007199254740991, inner]],
  ['maps with brackets in their names', (inner) => ({ '[{"\\': inner })],
];
const FORMATS: readonly BodyFormat[] = ['json', 'msgpack'];

function nested(levels: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = 'x'.repeat(2 * MOST_LEVELS);
  for (let i = 0; i < levels; i += 1) value = around(value);
  return value;
}

const breath = () => new Breath({ clock: systemClock });

const jsonOf = (levels: number) => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
const packedOf = (levels: number) => Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.from([0xc0])]);

test.each(SHAPES)(
  '%s may be as deep as the bound in every format, are read again, and no deeper',
  async (_, around) => {
    for (const format of FORMATS) {
      const deepest = nested(MOST_LEVELS, around);
      const body = bodyOf(format, deepest);
      expect(await judge(NO_RULES, format, body, breath())).toBeUndefined();
      expect(decodeBody(format, body).value).toEqual(deepest);
      const reason = {
        code: 'E_BODY_INVALID',
        message: expect.stringContaining('more than 1,000 levels deep'),
      };
      expect(() => bodyOf(format, nested(MOST_LEVELS + 1, around))).toThrow(expect.objectContaining(reason));
    }
  },
);

test.each([MOST_LEVELS + 1, 4_000, 200_000])(
  'the guard refuses a body of %d levels, and says why',
  async (levels) => {
    const why = 'it is more than 1,000 levels deep';
    expect(await judge(NO_RULES, 'json', jsonOf(levels), breath())).toBe(`the body cannot be used: ${why}`);
    expect(await judge(NO_RULES, 'msgpack', packedOf(levels), breath())).toMatch(why);
    expect(await judge(NO_RULES, 'raw', jsonOf(levels), breath())).toBeUndefined();
  },
);

test.each([5_000, 100_000])(
  'a value of %d levels is refused in the same words, also where no stack holds it',
  (levels) => {
    for (const format of FORMATS) {
      const value = nested(levels, (inner) => [inner]);
      expect(() => bodyOf(format, value)).toThrow(/more than 1,000 levels deep/);
    }
  },
);

test('brackets that stand in strings, or side by side, are no levels', async () => {
  const many = Array.from({ length: 3 * MOST_LEVELS }, () => ['[', '\\"{', '\\']);
  expect(isJsonTooDeep(Buffer.from(JSON.stringify(many)))).toBe(false);
  expect(await judge(NO_RULES, 'msgpack', bodyOf('msgpack', many), breath())).toBeUndefined();
});
