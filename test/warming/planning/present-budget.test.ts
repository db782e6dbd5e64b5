/** What a budget allows now: every window of it, what the origin says is left, and only what the ledger can know. */
import { describe, expect, test } from 'vitest';
import { byUser } from '../../../src/budget/call-counter.ts';
import { countedApart, type LedgerState } from '../../../src/budget/ledger.ts';
import { type Budget, intervalOf } from '../../../src/core/budget.ts';
import { callTime } from '../../../src/policy/call-time.ts';
import { exactly } from '../../../src/policy/estimate.ts';
import { presentBudget, usedWindows } from '../../../src/warming/planning/present-budget.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const DAY = 24 * HOUR;
/** An hour has just ended. */
const NOW = 20_000 * DAY - 1;
const PACED: Budget = { concurrency: 8, rate: { calls: 10, perMs: SECOND } };

function stateOf(budget: Budget, change: Partial<LedgerState> = {}): LedgerState {
  return {
    ...{
      origin: 'markets',
      inFlight: 0,
      processes: 1,
      pausedUntil: 0,
      pauseReason: '',
      pausedBy: '',
      outage: undefined,
    },
    limits: { concurrency: budget.concurrency, intervalMs: intervalOf(budget) },
    ...{
      lowered: undefined,
      quota: undefined,
      waiting: byUser(() => 0),
      used: [],
      freely: 0,
      counted: [],
      windows: [],
    },
    calls: { ok: 0, throttled: 0, failed: 0, ms: 0, by: byUser(() => 0), apart: countedApart(() => 0) },
    ...change,
  };
}

function timeOf(calls: number, budget: Budget, change: Partial<LedgerState> = {}, startsAt = NOW) {
  const planned = { calls: exactly(calls), meanMs: exactly(20), fastestMs: 20, slowestMs: 20 };
  return callTime([planned], budget, presentBudget(budget, stateOf(budget, change), startsAt, NOW));
}

/** Ten calls in each of the last 48 hours. */
const STEADY = Array.from({ length: 48 }, (_, n) => ({
  hour: NOW + 1 - (48 - n) * HOUR,
  by: byUser((user) => (user === 'warm' ? 10 : 0)),
  ...{ throttled: 0, failed: 0, ms: 0, apart: countedApart(() => 0) },
}));

describe('what a budget allows now', () => {
  test.each([
    ['a minute', { calls: 100, perMs: MINUTE }, 6_000, 59 * MINUTE],
    ['half a minute', { calls: 50, perMs: 30 * SECOND }, 600, 11 * 30 * SECOND],
    ['half an hour', { calls: 500, perMs: 30 * MINUTE }, 2_000, 90 * MINUTE],
  ])('is bounded by a window of %s beside the pace', (_, window, calls, least) => {
    const time = timeOf(calls, { ...PACED, windows: [window] });
    expect(time.shortest).toBeGreaterThanOrEqual(least);
    expect(time.likely.likely).toBeGreaterThanOrEqual(least);
    expect(time.likely.likely).toBeLessThan(least * 1.5);
  });

  test('leaves a window to a burst that is larger than it', () => {
    const bucket = { ...PACED, burst: 20 };
    expect(usedWindows(bucket, [], NOW)).toEqual([]);
    expect(usedWindows({ ...PACED, burst: 5 }, [], NOW)).toMatchObject([{ calls: 10, used: exactly(0) }]);
  });

  test('waits for the reset of a quota that is used up, and from its reset on for none', () => {
    const quota = { left: 0, resetAt: NOW + DAY };
    const time = timeOf(60, PACED, { quota });
    expect(time.shortest).toBeLessThan(10 * SECOND);
    expect(time.shortestNow).toBeGreaterThanOrEqual(DAY);
    expect(time.shortestNow).toBeLessThan(DAY + 10 * SECOND);
    expect(time.likely.low).toBeGreaterThanOrEqual(DAY);
    expect(timeOf(60, PACED, { quota }, NOW + DAY).likely.high).toBeLessThan(10 * SECOND);
  });

  test('lets those begin that a quota leaves, and only the others wait', () => {
    const quota = { left: 60, resetAt: NOW + DAY };
    expect(timeOf(60, PACED, { quota }).likely.likely).toBeLessThan(10 * SECOND);
    const over = timeOf(61, PACED, { quota });
    expect(over.shortestNow).toBeGreaterThanOrEqual(DAY);
    expect(over.shortestNow).toBeLessThan(DAY + SECOND);
  });

  test('takes for used by others what they called in the last sixty minutes, and nothing that runs did', () => {
    const hourAt = (hour: number, warm: number, run: number) => ({
      ...{ hour, throttled: 0, failed: 0, ms: 0, apart: countedApart(() => 0) },
      by: byUser((user) => (user === 'warm' ? warm : user === 'run' ? run : 0)),
    });
    // A quarter of this hour has passed, so three quarters of the hour before count.
    const begun = NOW + 1 - HOUR;
    const used = [hourAt(begun - 2 * HOUR, 900, 9), hourAt(begun - HOUR, 40, 9), hourAt(begun, 5, 9)];
    const now = begun + HOUR / 4;
    const { others } = presentBudget(PACED, stateOf(PACED, { used }), now, now);
    expect(others).toEqual({ low: {}, likely: { warm: 35 }, high: { warm: 900 } });
  });

  test('counts what was used of a window that is kept, and of a longer one only says what is likely', () => {
    const windows = [
      { calls: 1_000, perMs: DAY },
      { calls: 10_000, perMs: 30 * DAY },
    ];
    const [day, month] = usedWindows({ ...PACED, windows }, STEADY, NOW);
    // An hour that the day has left in part still counts.
    expect(day).toMatchObject({ window: '1000/d', isCounted: true, used: exactly(250) });
    expect(month).toMatchObject({ isCounted: false, used: { low: 480, likely: 7_200, high: 7_200 } });
  });

  test('never takes more of a window for used than it holds', () => {
    const windows = [{ calls: 5_000, perMs: 30 * DAY }];
    expect(usedWindows({ ...PACED, windows }, STEADY, NOW)[0]?.used.likely).toBe(5_000);
  });
});
