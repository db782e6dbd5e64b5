import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseShare } from '../../src/core/units.ts';
import { reaches, shortOf } from '../../src/policy/demand.ts';

/** A share of up to four digits behind the point, as a person writes it, with its exact value as a fraction of a million. */
const share = fc
  .integer({ min: 0, max: 1_000_000 })
  .map((millionths) => ({ millionths, wanted: parseShare(`${(millionths / 10_000).toFixed(4)}%`) }));
const amount = fc
  .integer({ min: 0, max: 50_000_000 })
  .chain((whole) => fc.tuple(fc.integer({ min: 0, max: whole }), fc.constant(whole)));

/** In whole numbers, which do not round. */
function reachesExactly(part: number, whole: number, millionths: number): boolean {
  return BigInt(part) * 1_000_000n >= BigInt(whole) * BigInt(millionths);
}

describe('a demand', () => {
  test('is reached exactly when the part is large enough, whatever the numbers', () => {
    fc.assert(
      fc.property(amount, share, ([part, whole], { millionths, wanted }) => {
        expect(reaches(part, whole, wanted)).toBe(reachesExactly(part, whole, millionths));
      }),
    );
  });

  test('is reached at the edge, and not one below', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000_000 }), share, (whole, { millionths, wanted }) => {
        const edge = Number((BigInt(whole) * BigInt(millionths) + 999_999n) / 1_000_000n);
        expect(reaches(edge, whole, wanted)).toBe(true);
        if (edge > 0) expect(reaches(edge - 1, whole, wanted)).toBe(false);
      }),
    );
  });

  test('is short of as many as would reach it, and no fewer', () => {
    fc.assert(
      fc.property(amount, share, ([part, whole], { wanted }) => {
        const short = shortOf(part, whole, wanted);
        expect(reaches(part + short, whole, wanted)).toBe(true);
        if (short > 0) expect(reaches(part + short - 1, whole, wanted)).toBe(false);
        expect(part + short).toBeLessThanOrEqual(Math.max(part, whole));
      }),
      // 7 % of a hundred are, in doubles, a little more than seven.
      { examples: [[[0, 100], { millionths: 70_000, wanted: 0.07 }]] },
    );
  });

  test('of nothing is reached', () => {
    expect([reaches(0, 0, 1), shortOf(0, 0, 1)]).toEqual([true, 0]);
  });
});
