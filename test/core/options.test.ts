import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { duration, path, percent, rates, secret, size } from '../../src/core/options.ts';

const WORDS = [
  ['duration', duration(), '1h30m', 5_400_000, '"soon" is not a duration'],
  ['size', size(), '64KB', 64_000, '"soon" is not a size'],
  ['percent', percent(), '80%', 0.8, '"soon" is not a percentage'],
] as const;

describe.each(WORDS)('the field %s', (format, field, text, value, complaint) => {
  test('reads words', () => {
    expect(field.parse(text)).toEqual(value);
  });

  test('reports what is wrong with other texts as an issue, and does not throw', () => {
    const result = z.object({ it: field }).safeParse({ it: 'soon' });
    expect(result.error?.issues).toMatchObject([{ code: 'custom', path: ['it'] }]);
    expect(result.error?.issues[0]?.message).toContain(complaint);
  });

  test('refuses numbers, which have no unit', () => {
    expect(field.safeParse(5).success).toBe(false);
  });

  test('has a default that is written in words', () => {
    expect(field.prefault(text).parse(undefined)).toEqual(value);
  });

  test('names its format for the reference page', () => {
    expect(z.toJSONSchema(field, { io: 'input' })).toMatchObject({ type: 'string', format });
  });
});

describe('the field of rates', () => {
  test.each([
    ['50/s', [[50, 1_000]]],
    [
      '1000/d, 10/s',
      [
        [10, 1_000],
        [1_000, 86_400_000],
      ],
    ],
    [
      ['10/s', '1000/d'],
      [
        [10, 1_000],
        [1_000, 86_400_000],
      ],
    ],
  ])('reads %j, shortest window first', (text, expected) => {
    expect(rates().parse(text)).toEqual(expected.map(([calls, perMs]) => ({ calls, perMs })));
  });

  test.each([
    ['soon', '"soon" is not a rate'],
    ['', '"" is not a rate'],
    ['10/s, 20/s', 'has two rates for one window: 10/s and 20/s'],
    ['10/s, 600/m', 'has 600/m, which 10/s can never reach'],
    [['10/s', '5/h', '1000/d'], 'has 1000/d, which 5/h can never reach'],
    [Array.from({ length: 9 }, (_, i) => `${100 - i}/${i + 1}s`), 'has 9 rates; 8 are the most'],
  ])('refuses %j', (text, complaint) => {
    expect(rates().safeParse(text).error?.issues[0]?.message).toContain(complaint);
  });

  test('refuses numbers, which have no unit, and a list of none', () => {
    expect(rates().safeParse(5).success).toBe(false);
    expect(rates().safeParse([]).success).toBe(false);
  });
});

describe('the field secret', () => {
  test('is marked, so that it is never printed', () => {
    expect(z.globalRegistry.get(secret())).toEqual({ secret: true });
    expect(z.globalRegistry.get(secret().min(16))).toEqual({ secret: true });
  });
});

describe('the field path', () => {
  test('is never empty', () => {
    expect(path().parse('a/b')).toBe('a/b');
    expect(path().safeParse('').success).toBe(false);
  });
});
