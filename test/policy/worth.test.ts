import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callsPerDay, readsPerRefresh, worthOf } from '../../src/policy/worth.ts';

const HOUR = 3_600_000;
/** Reads were reported for all of the hour. */
const WHOLE = { overMs: HOUR };

test.each([
  ['read more often than refreshed', { reads: 60, everyMs: 60_000, isReported: true, ...WHOLE }, 'worth'],
  ['refreshed more often than read', { reads: 59, everyMs: 60_000, isReported: true, ...WHOLE }, 'seldom'],
  [
    'refreshed within the hour and not read',
    { reads: 0, everyMs: HOUR, isReported: true, ...WHOLE },
    'unread',
  ],
  [
    'refreshed once a day, and not read in an hour',
    { reads: 0, everyMs: 24 * HOUR, isReported: true, ...WHOLE },
    'untold',
  ],
  [
    'read once an hour and refreshed once a day',
    { reads: 1, everyMs: 24 * HOUR, isReported: true, ...WHOLE },
    'worth',
  ],
  [
    'of a source of which nobody reports reads',
    { reads: 0, everyMs: 1_000, isReported: false, ...WHOLE },
    'untold',
  ],
  ['of which nobody knows', { reads: undefined, everyMs: 1_000, isReported: true, ...WHOLE }, 'untold'],
] as const)('a key that is %s', (_, use, verdict) => {
  expect(worthOf(use)).toBe(verdict);
});

test('a look shorter than an hour calls no key seldom or unread, and what was read often is worth it all the same', () => {
  const use = fc.record({
    reads: fc.double({ min: 0, max: 1e6, noNaN: true }),
    overMs: fc.integer({ min: 0, max: HOUR - 1 }),
    everyMs: fc.integer({ min: 1, max: 30 * 24 * HOUR }),
  });
  fc.assert(
    fc.property(use, (known) => {
      const { reads, overMs, everyMs } = known;
      const isOften = reads > 0 && overMs > 0 && reads * everyMs >= overMs;
      expect(worthOf({ ...known, isReported: true })).toBe(isOften ? 'worth' : 'untold');
    }),
  );
});

test('more reads never make a key worth less', () => {
  const rank = ['unread', 'seldom', 'worth'];
  const numbers = fc.tuple(
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.integer({ min: 1, max: HOUR }),
  );
  fc.assert(
    fc.property(numbers, ([reads, more, everyMs]) => {
      const of = (known: number) =>
        rank.indexOf(worthOf({ reads: known, everyMs, isReported: true, ...WHOLE }));
      expect(of(reads + more)).toBeGreaterThanOrEqual(of(reads));
    }),
  );
});

test('calls of a day and reads for a refresh are counted by how often it is refreshed', () => {
  expect(callsPerDay(100, HOUR, 1)).toBe(2_400);
  expect(callsPerDay(100, HOUR, 50)).toBe(48);
  expect(readsPerRefresh(30, HOUR, HOUR / 2)).toBe(15);
  expect(readsPerRefresh(30, HOUR / 60, HOUR / 2)).toBe(900);
});
