import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { duration, path, percent, rate, secret, size } from '../../src/core/options.ts';

const WORDS = [
  ['duration', duration(), '1h30m', 5_400_000, '"soon" is not a duration'],
  ['size', size(), '64KB', 64_000, '"soon" is not a size'],
  ['rate', rate(), '50/s', { calls: 50, perMs: 1_000 }, '"soon" is not a rate'],
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
