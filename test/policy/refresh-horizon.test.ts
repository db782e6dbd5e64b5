import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timesFrom } from '../../src/core/freshness.ts';
import { dueBefore, marginOf, recoverAt } from '../../src/policy/refresh-horizon.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Life {
  readonly ttl: number;
  readonly refreshAhead: number;
  readonly spread: number;
}

/** The ages at which one value is stale, over so many ticks, when it is fetched at the ticks and looks that want it. */
function staleTimes(
  { ttl, refreshAhead, spread }: Life,
  ticks: readonly number[],
  recover: number,
): number[] {
  const lifetime = { ttl, refreshAhead, grace: 0 };
  const stale: number[] = [];
  let times = timesFrom(lifetime, ticks[0] ?? 0, { shortened: spread });
  for (let now = ticks[0] ?? 0; now < (ticks.at(-1) ?? 0); now += recover) {
    if (now >= times.staleAt) stale.push(now);
    const next = ticks.find((tick) => tick > now) ?? now;
    const isTick =
      ticks.includes(now) && (times.dueAt <= now || times.dueAt <= dueBefore(next, lifetime, spread));
    if (isTick || recoverAt(times.staleAt, lifetime, recover) <= now)
      times = timesFrom(lifetime, now, { shortened: spread });
  }
  return stale;
}

/** Nights at three, one of them an hour longer and one shorter: the clocks change. */
const NIGHTS = [0, 24, 48, 73, 97, 120, 144, 168].map((hours) => hours * HOUR);

describe('a value that is refreshed at night', () => {
  it('is never stale, whatever its ttl: at the ticks where that is enough, and in between where it is not', () => {
    const life = fc.record({
      ttl: fc.integer({ min: 10, max: 3_000 }).map((minutes) => minutes * MINUTE),
      refreshAhead: fc.double({ min: 0.5, max: 0.95, noNaN: true }),
      spread: fc.constantFrom(0, 0.1, 0.3),
    });
    fc.assert(
      fc.property(life, (each) => {
        expect(staleTimes(each, NIGHTS, MINUTE)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('would be stale for hours by its due time alone', () => {
    const lifetime = { ttl: 30 * HOUR, refreshAhead: 0.9, grace: 0 };
    const times = timesFrom(lifetime, 0);
    expect(times.dueAt).toBeGreaterThan(24 * HOUR);
    expect(times.staleAt).toBeLessThan(48 * HOUR);
    expect(times.dueAt).toBeLessThan(dueBefore(48 * HOUR, lifetime, 0));
  });
});

describe('the margin for fetching', () => {
  it('is a fifth of the lead, and five minutes at the most', () => {
    expect(marginOf({ ttl: MINUTE, refreshAhead: 0.8, grace: 0 })).toBeCloseTo(2_400);
    expect(marginOf({ ttl: 30 * HOUR, refreshAhead: 0.9, grace: 0 })).toBe(5 * MINUTE);
  });

  it('fetches no hot value twice as often as it is due', () => {
    const lifetime = { ttl: MINUTE, refreshAhead: 0.8, grace: 0 };
    // Every ten seconds: what is not due, and not stale before the next tick, waits.
    expect(dueBefore(10_000, lifetime, 0)).toBeLessThan(1_000);
  });
});
