import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/flow/backoff.ts';

const BACKOFF = { base: 2_000, max: 120_000 };
/** The highest number below one. */
const HIGHEST = 1 - Number.EPSILON / 2;

describe('back-off', () => {
  it.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [6, 64_000],
    [7, 120_000],
    [10_000, 120_000],
    [0, 2_000],
  ])('draws the wait after attempt %i from 0 to %i ms', (attempt, ceiling) => {
    expect(backoffMs(attempt, BACKOFF, () => 0)).toBe(0);
    expect(backoffMs(attempt, BACKOFF, () => HIGHEST)).toBe(ceiling);
  });

  it('spreads evenly', () => {
    expect(backoffMs(1, BACKOFF, () => 0.25)).toBe(500);
    expect(backoffMs(1, BACKOFF, () => 0.75)).toBe(1_500);
  });

  it('is a whole number of ms within bounds, whatever the attempt and the random number', () => {
    const ms = fc.nat({ max: 1e9 });
    fc.assert(
      fc.property(
        fc.integer(),
        ms,
        ms,
        fc.double({ noNaN: true, min: 0, max: HIGHEST }),
        (attempt, base, max, drawn) => {
          const wait = backoffMs(attempt, { base, max }, () => drawn);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(max);
        },
      ),
    );
  });
});
