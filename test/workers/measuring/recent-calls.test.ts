import { expect, test } from 'vitest';
import { byUser } from '../../../src/budget/call-counter.ts';
import { countedApart } from '../../../src/budget/ledger.ts';
import { RecentCalls } from '../../../src/workers/measuring/recent-calls.ts';

const MINUTE = 60_000;

/** Asks for the mean when so many calls took so long in all, minute by minute. */
function means(totals: readonly (readonly [made: number, ms: number])[]): (number | undefined)[] {
  const recent = new RecentCalls();
  return totals.map(([ok, ms], minute) =>
    recent.meanMs(
      {
        origin: 'o',
        calls: { ok, throttled: 0, failed: 0, ms, by: byUser(() => 0), apart: countedApart(() => 0) },
      },
      minute * MINUTE,
    ),
  );
}

test.each([
  [
    'of those since it looks, and not of a whole life',
    [
      [1_000, 10_000],
      [1_010, 30_000],
    ],
    [10, 2_000],
  ],
  [
    'of the last five minutes',
    [
      [1, 9_000],
      [2, 9_010],
      [2, 9_010],
      [2, 9_010],
      [2, 9_010],
      [2, 9_010],
      [4, 9_050],
    ],
    [9_000, 10, 10, 10, 10, 10, 20],
  ],
  [
    'of all there were, where nothing was called lately',
    [
      [10, 100],
      [10, 100],
    ],
    [10, 10],
  ],
  [
    'of no others than those that are left, where a process has gone',
    [
      [100, 90_000],
      [10, 100],
      [20, 300],
    ],
    [900, 10, 20],
  ],
  [
    'unknown before the first',
    [
      [0, 0],
      [2, 8],
    ],
    [undefined, 4],
  ],
] as const)('the mean time of calls is %s', (_, totals, expected) => {
  expect(means(totals)).toEqual(expected);
});
