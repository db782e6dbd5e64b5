import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callsPerDay, readsPerRefresh, worthOf } from '../../src/policy/worth.ts';

const HOUR = 3_600_000;

test.each([
  ['read more often than refreshed', { readsPerHour: 60, everyMs: 60_000, isReported: true }, 'worth'],
  ['refreshed more often than read', { readsPerHour: 59, everyMs: 60_000, isReported: true }, 'seldom'],
  ['refreshed within the hour and not read', { readsPerHour: 0, everyMs: HOUR, isReported: true }, 'unread'],
  [
    'refreshed once a day, and not read in an hour',
    { readsPerHour: 0, everyMs: 24 * HOUR, isReported: true },
    'untold',
  ],
  [
    'read once an hour and refreshed once a day',
    { readsPerHour: 1, everyMs: 24 * HOUR, isReported: true },
    'worth',
  ],
  [
    'of a source of which nobody reports reads',
    { readsPerHour: 0, everyMs: 1_000, isReported: false },
    'untold',
  ],
  ['of which nobody knows', { readsPerHour: undefined, everyMs: 1_000, isReported: true }, 'untold'],
] as const)('a key that is %s', (_, use, verdict) => {
  expect(worthOf(use)).toBe(verdict);
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
      const of = (readsPerHour: number) => rank.indexOf(worthOf({ readsPerHour, everyMs, isReported: true }));
      expect(of(reads + more)).toBeGreaterThanOrEqual(of(reads));
    }),
  );
});

test('calls of a day and reads for a refresh are counted by how often it is refreshed', () => {
  expect(callsPerDay(100, HOUR, 1)).toBe(2_400);
  expect(callsPerDay(100, HOUR, 50)).toBe(48);
  expect(readsPerRefresh(30, HOUR / 2)).toBe(15);
});
