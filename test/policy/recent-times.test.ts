import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NominalTimes, nominalTimes } from '../../src/policy/nominal-times.ts';
import { MOST_COUNTED, MOST_LISTED, recentTimes } from '../../src/policy/recent-times.ts';

/** Times by their distances, in seconds. */
function timesOf(distances: readonly number[]): {
  readonly all: readonly number[];
  readonly times: NominalTimes;
} {
  let at = 0;
  const all = distances.map((distance) => {
    at += distance * 1_000;
    return at;
  });
  return { all, times: { next: (after) => all[firstAfter(all, after)] } };
}

function firstAfter(all: readonly number[], after: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((all[middle] ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

test('each time that has passed is in one list, in its order, however they are spread', () => {
  // Bursts of seconds, and pauses of up to months between them.
  const bursts = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 9_000_000 }), fc.integer({ min: 1, max: 1_500 })),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(bursts, fc.integer({ min: 1, max: 9_000_000 }), (parts, rest) => {
      const distances = parts.flatMap(([pause, count]) => [pause, ...Array(count - 1).fill(1)]);
      const { all, times } = timesOf(distances);
      const now = (all.at(-1) ?? 0) + rest * 1_000;
      const { newest, older, between } = recentTimes(times, 0, now);
      const beyond = between === undefined ? [] : all.filter((at) => at >= between.from && at <= between.to);
      expect([...older, ...beyond, ...newest]).toEqual(all);
      if (all.length > MOST_LISTED) expect(newest.length).toBeGreaterThanOrEqual(MOST_LISTED / 2);
      expect(newest.length).toBeLessThanOrEqual(MOST_LISTED);
    }),
    { numRuns: 60 },
  );
});

test.each([
  { cron: '* * * * * *', timezone: 'UTC' },
  { cron: '* * * * *', timezone: 'Europe/Berlin' },
  { every: 1_000 },
])('what is too many to count begins and ends at times of the schedule: %o', (rule) => {
  const times = nominalTimes(rule);
  const [cursor, now] = [Date.UTC(2026, 0, 1, 0, 0, 0, 500), Date.UTC(2026, 0, 15, 7, 7, 7, 7)];
  const { newest, older, between = { from: 0, to: 0 } } = recentTimes(times, cursor, now);
  expect(older).toHaveLength(MOST_COUNTED);
  expect(times.next(older.at(-1) ?? 0)).toBe(between.from);
  expect(times.next(between.from - 1)).toBe(between.from);
  expect(times.next(between.to)).toBe(newest[0]);
  expect(times.next(between.to - 1)).toBe(between.to);
});
