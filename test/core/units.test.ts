import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parsePercent,
  parseRate,
  parseShare,
  parseSize,
  roundDuration,
  UnitError,
} from '../../src/core/units.ts';

const DURATIONS = [
  ['0', 0],
  ['250ms', 250],
  ['5s', 5_000],
  ['1.5s', 1_500],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  [' 1m ', 60_000],
] as const;

const NO_DURATIONS = ['', '5', '-5s', '1m1h', '1s1s', '5 s', '5sec', '1e3s', '.5s', 's'];

/** In ms; the longest is a hundred years. */
const duration = fc.integer({ min: 0, max: 100 * 365.25 * 86_400_000 });

describe('a duration', () => {
  test.each(['99999999999999999w', '36525d1ms'])('%j is longer than any may be', (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is longer than 100 years; write a shorter duration`);
  });

  test.each(DURATIONS)('%j is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(NO_DURATIONS)('%j is refused, quoted and explained', (text) => {
    expect(() => parseDuration(text)).toThrow(UnitError);
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration; write a number and a unit`);
  });

  test('reads back as it was formatted, whatever its length', () => {
    fc.assert(fc.property(duration, (ms) => parseDuration(formatDuration(ms)) === ms));
  });

  test('is formatted in the same words after it was read', () => {
    fc.assert(
      fc.property(duration, (ms) => {
        const words = formatDuration(ms);
        return formatDuration(parseDuration(words)) === words;
      }),
    );
  });

  test('is formatted in the largest units, and in weeks only when they are whole', () => {
    expect(formatDuration(5_400_000)).toBe('1h30m');
    expect(formatDuration(604_800_000)).toBe('1w');
    expect(formatDuration(691_200_000)).toBe('8d');
    expect(formatDuration(-5_000)).toBe('-5s');
  });

  test('is rounded to two units for people', () => {
    expect([340, 4_260, 42_600, 80_400, 5_430_000, 180_000_000].map(roundDuration)).toEqual([
      '340ms',
      '4.3s',
      '43s',
      '1m20s',
      '1h31m',
      '2d2h',
    ]);
  });
});

describe('a size', () => {
  test.each([
    ['512B', 512],
    ['64KB', 64_000],
    ['1.5GB', 1_500_000_000],
    ['64KiB', 65_536],
    ['1gib', 1_073_741_824],
    ['2 TB', 2_000_000_000_000],
  ] as const)('%j is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', '5', '-1KB', '5 apples', '1K', '99999999TB'])('%j is refused and quoted', (text) => {
    expect(() => parseSize(text)).toThrow(`"${text}" is not a size`);
  });

  test('is formatted within half a percent of what it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9e14 }), (bytes) => {
        const back = parseSize(formatSize(bytes));
        expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes * 0.0051);
      }),
    );
  });

  test('is formatted in three digits', () => {
    expect([0, 999, 1_230_000, 99_960, 999_600, 4e9].map(formatSize)).toEqual([
      '0 B',
      '999 B',
      '1.23 MB',
      '100 KB',
      '1.00 MB',
      '4.00 GB',
    ]);
  });
});

describe('a rate', () => {
  test.each([
    ['50/s', { calls: 50, perMs: 1_000 }],
    ['100/m', { calls: 100, perMs: 60_000 }],
    ['20/10s', { calls: 20, perMs: 10_000 }],
    ['0.5/s', { calls: 0.5, perMs: 1_000 }],
  ] as const)('%j is read', (text, rate) => {
    expect(parseRate(text)).toEqual(rate);
  });

  test.each(['', '50', '0/s', '-1/s', '50/', '50/0s', '50/x', 's/50'])('%j is refused and quoted', (text) => {
    expect(() => parseRate(text)).toThrow(`"${text}" is not a rate`);
  });

  test('reads back as it was formatted', () => {
    const rate = fc.record({
      calls: fc.integer({ min: 1, max: 1_000_000 }),
      perMs: fc.constantFrom(1, 1_000, 10_000, 60_000, 3_600_000, 86_400_000, 604_800_000),
    });
    fc.assert(
      fc.property(rate, (each) => {
        expect(parseRate(formatRate(each))).toEqual(each);
      }),
    );
  });
});

describe('a percentage', () => {
  test('is a fraction', () => {
    expect([parsePercent('80%'), parsePercent('0%'), parsePercent('99.5 %'), parsePercent('100%')]).toEqual([
      0.8, 0, 0.995, 1,
    ]);
  });

  test.each(['', '80', '0.8', '101%', '-1%', '%'])('%j is refused and quoted', (text) => {
    expect(() => parsePercent(text)).toThrow(`"${text}" is not a percentage from 0% to 100%`);
  });
});

describe('shares', () => {
  test('are read as percentages and as fractions', () => {
    const texts = ['99%', ' 99.5 % ', '0.99', '.5', '1', '0', '100%', '1.0'];
    expect(texts.map(parseShare)).toEqual([0.99, 0.995, 0.99, 0.5, 1, 0, 1, 1]);
  });

  test.each(['', '99', '1.01', '101%', '-1%', '%', '1e-2', '0,99', '99 percent', 'NaN', '1.'])(
    'refuse %j, with what to write',
    (text) => {
      expect(() => parseShare(text)).toThrow(
        `"${text}" is not a share from 0% to 100%; write it as 99% or 0.99`,
      );
    },
  );

  test('mean the same in either spelling, to the last digit', () => {
    const written = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 100_000_000 }));
    fc.assert(
      fc.property(written, ([digits, number]) => {
        const whole = 100 * 10 ** digits;
        const part = number % (whole + 1);
        const percent = `${(part / 10 ** digits).toFixed(digits)}%`;
        const fraction = (part / whole).toFixed(digits + 2);
        expect(parseShare(percent)).toBe(parseShare(fraction));
        expect(parseShare(percent)).toBe(part / whole);
      }),
    );
  });
});
