/** What calls will take, by what they took: against bounds that hold for every budget, and against a simulation of one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writtenCalls } from '../../src/catalog/call-text.ts';
import { type Budget, intervalOf } from '../../src/core/budget.ts';
import { type CallRecord, NO_CALLS } from '../../src/core/call-record.ts';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { callTime, type PlannedCalls, type PresentBudget } from '../../src/policy/call-time.ts';
import { callFigures, exactly, scaled } from '../../src/policy/estimate.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Calls of an hour that took so long each, in ms, with bodies of that many bytes. */
function hourOf(took: readonly number[], { planned = took.length, size = 100 } = {}): CallRecord {
  const [times, sizes] = [new Histogram(), new Histogram()];
  for (const ms of took) times.record(ms);
  for (const _ of took) sizes.record(size);
  const counts = {
    keys: planned,
    planned,
    calls: took.length,
    values: took.length,
    bytes: size * took.length,
  };
  return { ...NO_CALLS, ...counts, took: times.buckets(), sizes: sizes.buckets() };
}

function plannedOf(calls: number, took: readonly number[]): PlannedCalls {
  const figures = callFigures([hourOf(took)]);
  if (figures === undefined) throw new Error('no calls');
  return { ...figures, calls: scaled(figures.tries, calls) };
}

function quiet({ concurrency, ...budget }: Budget): PresentBudget {
  const intervalMs = intervalOf(budget);
  const others = { low: {}, likely: {}, high: {} };
  return { concurrency, intervalMs, pausedMs: 0, windows: [], quota: undefined, others, othersMs: 0 };
}

/** Calls one by one: each begins once a place is free and the interval has passed, and takes one of the times. */
function simulated(calls: number, budget: Budget, took: () => number): number {
  const interval = intervalOf(budget);
  const places: number[] = Array.from({ length: budget.concurrency }, () => 0);
  let next = 0;
  for (let n = 0; n < calls; n += 1) {
    const first = places.indexOf(Math.min(...places));
    const begins = Math.max(next, places[first] ?? 0);
    places[first] = begins + took();
    next = begins + interval;
  }
  return Math.max(...places);
}

const budgets = fc.record({
  concurrency: fc.integer({ min: 1, max: 20 }),
  rate: fc.option(
    fc.record({ calls: fc.integer({ min: 1, max: 200 }), perMs: fc.constantFrom(1_000, 10_000) }),
    { nil: undefined },
  ),
});
const latencies = fc.array(fc.double({ min: 1, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 60 });
/** Buckets are a little off. */
const NEARLY = 1.04;

describe('the time that calls take', () => {
  test('grows with their number, and is never under what the budget allows, nor out of order', () => {
    fc.assert(
      fc.property(budgets, latencies, fc.integer({ min: 1, max: 5_000 }), (budget, took, calls) => {
        const [less, more] = [calls, calls + 1].map((n) =>
          callTime([plannedOf(n, took)], budget, quiet(budget)),
        );
        if (less === undefined || more === undefined) throw new Error('no time');
        for (const time of [less, more]) {
          const { low, likely, high } = time.likely;
          expect(time.shortestNow).toBeGreaterThanOrEqual(time.shortest);
          expect(low).toBeGreaterThanOrEqual(time.shortestNow);
          expect(likely).toBeGreaterThanOrEqual(low);
          expect(high).toBeGreaterThanOrEqual(likely);
        }
        expect(less.shortest).toBeGreaterThanOrEqual((calls - 1) * intervalOf(budget));
        expect(less.shortest * NEARLY).toBeGreaterThanOrEqual(
          (calls * Math.min(...took)) / budget.concurrency,
        );
        expect(more.shortest).toBeGreaterThanOrEqual(less.shortest);
        for (const which of ['low', 'likely', 'high'] as const)
          expect(more.likely[which]).toBeGreaterThanOrEqual(less.likely[which]);
      }),
    );
  });

  test('contains what calls take that are made one by one, whatever the budget', () => {
    fc.assert(
      fc.property(
        budgets,
        latencies,
        fc.integer({ min: 20, max: 400 }),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        (budget, took, calls, dice) => {
          const draw = () => took[(dice.next().value ?? 0) % took.length] ?? 0;
          const { shortest, likely } = callTime([plannedOf(calls, took)], budget, quiet(budget));
          const ms = simulated(calls, budget, draw);
          expect(ms * NEARLY).toBeGreaterThanOrEqual(shortest);
          // The mean of few calls from a list of few may be off by more than one call was from the others.
          const mean = took.reduce((sum, each) => sum + each, 0) / took.length;
          const deviation = Math.sqrt(took.reduce((sum, each) => sum + (each - mean) ** 2, 0) / took.length);
          const off = (4 * deviation * Math.sqrt(calls)) / budget.concurrency;
          expect(ms).toBeLessThanOrEqual((likely.high + off) * NEARLY);
          expect(ms + off).toBeGreaterThanOrEqual(likely.low / NEARLY);
        },
      ),
    );
  });

  const steady = { calls: exactly(100), meanMs: exactly(100), fastestMs: 100, slowestMs: 100 };

  test('is that of the slowest of pace and places', () => {
    const free: Budget = { concurrency: 10, rate: undefined };
    expect(callTime([steady], free, quiet(free)).shortest).toBe(1_000);
    const paced: Budget = { concurrency: 10, rate: { calls: 10, perMs: 1_000 } };
    expect(callTime([steady], paced, quiet(paced)).shortest).toBeCloseTo(99 * 105 + 100);
  });

  test('waits for a pause, keeps to lowered limits, and leaves the configured budget what it is', () => {
    const budget: Budget = { concurrency: 10, rate: undefined };
    const now = { ...quiet(budget), pausedMs: 5_000, concurrency: 2 };
    const time = callTime([steady], budget, now);
    expect(time.shortest).toBe(1_000);
    expect(time.shortestNow).toBe(5_000 + 5_000);
    expect(time.likely.likely).toBe(5_000 + 5_000 + 100);
  });

  test('grows with what others call, and never beyond what the share of runs gives', () => {
    const budget: Budget = { concurrency: 8, rate: { calls: 10, perMs: 1_000 } };
    const beside = (warm: number) => {
      const others = { low: {}, likely: { warm }, high: { warm } };
      return callTime([steady], budget, { ...quiet(budget), others, othersMs: 100 }).likely.likely;
    };
    const alone = beside(0);
    expect(beside(18_000)).toBeGreaterThan(alone * 1.9);
    // Ten parts of the twenty-five that runs and warm refreshes have together.
    expect(beside(3_600_000)).toBeLessThan(alone * 2.6);
    expect(beside(3_600_000)).toBeGreaterThan(alone * 2.4);
  });

  test('leaves a part of the places, and of the pace, to reads that wait for an origin', () => {
    const beside = (budget: Budget, live: number) => {
      const others = { low: {}, likely: { live }, high: { live } };
      return callTime([steady], budget, { ...quiet(budget), others }).likely.likely - 100;
    };
    const places: Budget = { concurrency: 10, rate: undefined, reserve: 0.5 };
    expect([beside(places, 0), beside(places, 1)]).toEqual([1_000, expect.closeTo(2_000, 0)]);
    const paced: Budget = { concurrency: 10, rate: { calls: 10, perMs: 1_000 }, reserve: 0.5 };
    expect(beside(paced, 1) / beside(paced, 0)).toBeCloseTo(2, 2);
  });

  test('lets what does not fit into a window wait for it', () => {
    const budget: Budget = { concurrency: 8, rate: { calls: 50, perMs: 1_000 }, reserve: 0.2 };
    const windowed = (calls: number, used: number) => {
      const planned = { ...steady, calls: exactly(calls) };
      const windows = [{ calls: 1_000, perMs: DAY, used: exactly(used) }];
      return callTime([planned], budget, { ...quiet(budget), windows });
    };
    expect(windowed(500, 0).likely.high).toBeLessThan(HOUR);
    // Of a thousand 800 are for others than reads that wait: 400 are left, and 100 wait.
    expect(windowed(500, 400).likely.likely).toBeCloseTo((100 / 800) * DAY, -4);
    expect(windowed(500, 400).likely.high).toBeGreaterThanOrEqual(DAY);
    expect(windowed(500, 400).shortest).toBeLessThan(HOUR);
    expect(windowed(2_500, 0).shortest).toBe(2 * DAY);
  });

  test('is not that of a source without calls', () => {
    const free: Budget = { concurrency: 10, rate: undefined };
    const slow = { calls: exactly(0), meanMs: exactly(30_000), fastestMs: 1, slowestMs: 60_000 };
    expect(callTime([steady, slow], free, quiet(free))).toEqual(callTime([steady], free, quiet(free)));
  });

  test('is none of no calls', () => {
    const budget: Budget = { concurrency: 1, rate: undefined };
    const none = { ...steady, calls: exactly(0) };
    expect(callTime([none], budget, { ...quiet(budget), pausedMs: 9 }).likely).toEqual(exactly(0));
    expect(callTime([], budget, quiet(budget)).shortest).toBe(0);
  });
});

describe('figures of calls', () => {
  test('of a source that was never called there are none', () => {
    expect(callFigures([])).toBeUndefined();
    expect(callFigures([NO_CALLS])).toBeUndefined();
  });

  test('the fastest and the slowest call bound all of them, however coarsely they are kept', () => {
    fc.assert(
      fc.property(fc.array(latencies, { minLength: 1, maxLength: 4 }), (hours) => {
        const figures = callFigures(hours.map((took) => writtenCalls(hourOf(took))));
        const [least, most] = [Math.min(...hours.flat()), Math.max(...hours.flat())];
        expect(figures?.fastestMs).toBeLessThanOrEqual(least);
        expect(figures?.slowestMs).toBeGreaterThanOrEqual(most);
        expect(figures?.fastestMs).toBeGreaterThan(least / NEARLY);
        expect(figures?.slowestMs).toBeLessThan(most * NEARLY);
      }),
    );
  });

  test('a mean may be all that a call was while few hours are known, and what hours were once there are more', () => {
    const mixed = [...Array.from({ length: 50 }, () => 10), ...Array.from({ length: 50 }, () => 1_000)];
    const few = callFigures([hourOf(mixed)])?.meanMs;
    const many = callFigures(Array.from({ length: 10 }, () => hourOf(mixed)))?.meanMs;
    expect(few?.low).toBeLessThan(11);
    expect(few?.high).toBeGreaterThan(950);
    expect(many?.low).toBeGreaterThan(490);
    expect(many?.high).toBeLessThan(520);
  });

  test('tries are the calls for each that would do, and at least one', () => {
    const took = Array.from({ length: 30 }, () => 10);
    expect(callFigures([hourOf(took, { planned: 20 })])?.tries).toMatchObject({
      low: 1,
      likely: 1.5,
      high: 1.5,
    });
    expect(callFigures([hourOf(took, { planned: 60 })])?.tries).toEqual(exactly(1));
  });

  test('bytes are of whole bodies for what is not stored, and of what changed for the rest', () => {
    const hour = hourOf([10, 10, 10, 10], { size: 1_000 });
    const renewed = { unchanged: 6, renewed: 2, renewedBytes: 2_000 };
    expect(callFigures([{ ...hour, ...renewed }])).toMatchObject({
      wholeBytes: { likely: 1_000 },
      renewedBytes: { low: 0, likely: 250 },
    });
    const all = callFigures([{ ...hour, unchanged: 4, renewed: 4, renewedBytes: 4_000 }]);
    expect(all).toMatchObject({ wholeBytes: undefined, renewedBytes: { likely: 500 } });
  });

  test('bytes of hours that an older version wrote are of whole bodies: what is unchanged has none', () => {
    const figures = callFigures([{ ...hourOf([10, 10], { size: 1_000 }), unchanged: 6 }]);
    expect(figures).toMatchObject({ wholeBytes: { likely: 1_000 }, renewedBytes: { likely: 0 } });
  });

  test('bytes of keys that are absent count as none', () => {
    const figures = callFigures([{ ...hourOf([10], { size: 1_000 }), absent: 3 }]);
    expect(figures?.wholeBytes).toMatchObject({ low: 0, likely: 250 });
  });
});
