/** What a budget allows for refreshes in a time to come: reckoned by hand, and against the pace that grants calls. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalPace } from '../../src/budget/local-pace.ts';
import { type Budget, type BudgetUser, intervalOf, SHARES } from '../../src/core/budget.ts';
import { AHEADS, affordableCalls, type BudgetAhead } from '../../src/policy/runway.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const OPEN: Budget = { concurrency: 4, rate: undefined };
/** One call each 105 ms, with the room of the rate. */
const TEN: Budget = { concurrency: 4, rate: { calls: 10, perMs: SECOND } };

type Change = Partial<Omit<BudgetAhead, 'present'>> & Partial<BudgetAhead['present']>;

function ahead(budget: Budget, change: Change = {}): BudgetAhead {
  const { pausedMs = 0, quota, others, intervalMs = intervalOf(budget), ...rest } = change;
  const none = { low: {}, likely: {}, high: {} };
  return {
    ...{ budget, counted: [], freely: 0, inFlight: 0, callMs: undefined, ...rest },
    present: {
      ...{ concurrency: budget.concurrency, intervalMs, pausedMs, quota },
      ...{ others: others ?? none, othersMs: rest.callMs ?? 0 },
    },
  };
}

function called(by: Partial<Record<BudgetUser, number>>) {
  return { low: {}, likely: by, high: by };
}

const HOURLY = { ...TEN, windows: [{ calls: 50, perMs: HOUR }] };
const usedOf = (perMs: number, ...calls: [number, number][]) => ({
  counted: calls.map(([count, leavesIn]) => ({ perMs, calls: count, leavesIn })),
});

describe('within one, five and fifteen minutes', () => {
  test.each<[string, Budget, Change, (number | undefined)[]]>([
    ['a rate of ten a second, with its room', TEN, {}, [571, 2_857, 8_571]],
    ['a rate that is lowered to half', TEN, { intervalMs: 210 }, [285, 1_428, 4_285]],
    ['four places, where calls take two seconds', OPEN, { callMs: 2_000 }, [120, 600, 1_800]],
    ['what is under way keeps its places', OPEN, { callMs: 60_000, inFlight: 4 }, [0, 16, 56]],
    ['the stricter of both', TEN, { callMs: 2_000 }, [120, 600, 1_800]],
    ['a window without its reserve', HOURLY, {}, [40, 40, 40]],
    ['a window that is used up', HOURLY, usedOf(HOUR, [45, 30 * MINUTE]), [0, 0, 0]],
    [
      'a window from which some leave in time',
      HOURLY,
      usedOf(HOUR, [20, 4 * MINUTE], [10, 30 * MINUTE]),
      [10, 30, 30],
    ],
    ['no reserve where there is none', { ...HOURLY, reserve: 0 }, {}, [50, 50, 50]],
    [
      'a window that is filled again in time',
      { ...TEN, windows: [{ calls: 100, perMs: 10 * MINUTE }] },
      {},
      [80, 80, 160],
    ],
    ['a pause of half a minute', TEN, { pausedMs: 30_000 }, [285, 2_571, 8_285]],
    ['a pause beyond the time', OPEN, { pausedMs: HOUR }, [0, 0, 0]],
    [
      'a quota of which nothing may be spent at once',
      TEN,
      { quota: { left: 100, resetMs: 15 * MINUTE } },
      [5, 26, 80],
    ],
    ['a quota of which half may be', TEN, { quota: { left: 100, resetMs: HOUR }, freely: 50 }, [50, 53, 59]],
    [
      'nothing of a quota, until it is known what there is after its reset',
      TEN,
      { quota: { left: 0, resetMs: 2 * MINUTE } },
      [0, 1_142, 6_857],
    ],
    [
      'what is kept for reads that wait, and called by them',
      TEN,
      { others: called({ live: 360 }) },
      [451, 2_255, 6_767],
    ],
    ['its share, where runs use all there is', TEN, { others: called({ run: 36_000 }) }, [476, 2_380, 7_142]],
    [
      'what others leave of a window',
      { ...HOURLY, reserve: 0 },
      { others: called({ run: 120 }) },
      [49, 49, 49],
    ],
    ['nothing that is known', OPEN, {}, [undefined, undefined, undefined]],
  ])('%s', (_, budget, change, calls) => {
    expect(affordableCalls(ahead(budget, change))).toEqual(calls);
  });
});

/** What a ledger grants to refreshes that are always wanted, beside reads that come evenly: calls that begin before each time. */
function granted({ pace, budget, callMs, inFlight, livePerHour, pausedMs }: Simulated): number[] {
  const limits = { concurrency: budget.concurrency, intervalMs: intervalOf(budget) };
  const places = Array.from({ length: budget.concurrency }, (_, i) => (i < inFlight ? callMs : 0));
  const starts: number[] = [];
  const every = livePerHour === 0 ? Number.POSITIVE_INFINITY : HOUR / livePerHour;
  // Start-time fair queueing, as the ledger has it.
  const ends = { live: 0, warm: 0 };
  const share = { live: SHARES.live, warm: SHARES.hot + SHARES.warm + SHARES.cold };
  // Reads do not wait for the end of a pause.
  let [at, live, served] = [pausedMs, pausedMs + every, 0];
  while (at < 15 * MINUTE) {
    places.sort((a, b) => a - b);
    const free = Math.max(at, places[0] ?? 0);
    const refresh = pace.earliest('warm', limits, free);
    const isRead = live <= refresh && Math.max(served, ends.live) <= Math.max(served, ends.warm);
    at = isRead ? pace.earliest('live', limits, Math.max(live, places[0] ?? 0)) : refresh;
    pace.begins(isRead ? 'live' : 'warm', at, limits);
    places[0] = at + callMs;
    const user = isRead ? 'live' : 'warm';
    served = Math.max(served, ends[user]);
    ends[user] = served + 1 / share[user];
    if (isRead) live += every;
    else starts.push(at);
  }
  return AHEADS.map(([, ms]) => starts.filter((start) => start < ms).length);
}

interface Simulated {
  readonly pace: LocalPace;
  readonly budget: Budget;
  readonly callMs: number;
  readonly inFlight: number;
  readonly livePerHour: number;
  readonly pausedMs: number;
}

const window = fc.record({
  calls: fc.integer({ min: 1, max: 300 }),
  perMs: fc.constantFrom(10 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR),
});
const scene = fc.record({
  calls: fc.integer({ min: 1, max: 20 }),
  perMs: fc.constantFrom(10 * SECOND, MINUTE),
  burst: fc.integer({ min: 1, max: 3 }),
  reserve: fc.constantFrom(0, 0.2, 0.5),
  windows: fc.uniqueArray(window, { maxLength: 2, selector: ({ perMs }) => perMs }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  callMs: fc.integer({ min: 1, max: 30_000 }),
  before: fc.nat(200),
  livePerHour: fc.constantFrom(0, 0, 20, 200),
  pausedMs: fc.constantFrom(0, 0, 20_500, 6 * MINUTE),
  quota: fc.option(
    fc.record({
      remaining: fc.nat(200),
      resetMs: fc.constantFrom(3 * MINUTE, 14 * MINUTE, HOUR),
      ago: fc.nat(100_000),
    }),
    { nil: undefined },
  ),
});

function check(affordable: typeof affordableCalls): void {
  fc.assert(
    fc.property(scene, ({ calls, perMs, before, callMs, livePerHour, pausedMs, quota, ...rest }) => {
      const longer = rest.windows.filter((each) => each.perMs > perMs && each.calls >= rest.burst);
      const budget: Budget = { ...rest, rate: { calls, perMs }, windows: longer };
      const limits = { concurrency: budget.concurrency, intervalMs: intervalOf(budget) };
      const pace = new LocalPace(budget);
      if (quota !== undefined) pace.told(quota, 0, -quota.ago);
      for (let n = 0, at = -100_000; n < before && at <= 0; n += 1) {
        at = pace.earliest('warm', limits, at);
        if (at <= 0) pace.begins('warm', at, limits);
      }
      const known = pace.quotaAt(0);
      const inFlight = Math.min(before, budget.concurrency);
      const claimed = affordable(
        ahead(budget, {
          ...{ inFlight, callMs, pausedMs, others: called({ live: livePerHour }) },
          counted: pace.countedAt(0).map(({ until, ...of }) => ({ ...of, leavesIn: until })),
          ...(known && {
            quota: { left: known.left, resetMs: known.ends },
            freely: Math.max(0, known.left - known.whole / 2),
          }),
        }),
      );
      const given = granted({ pace, budget, callMs, inFlight, livePerHour, pausedMs });
      for (const [i, [within, ms]] of AHEADS.entries()) {
        // What the origin says after its reset is its own affair.
        if (known !== undefined && ms > known.ends) continue;
        expect(claimed[i], `within ${within}`).toBeLessThanOrEqual(given[i] ?? 0);
      }
    }),
    { numRuns: 150 },
  );
}

test('no more refreshes are ever claimed than a ledger grants', () => check(affordableCalls));

test.each<[string, (of: BudgetAhead) => BudgetAhead]>([
  ['counts used windows as free', (of) => ({ ...of, counted: [] })],
  ['takes calls for shorter than they are', (of) => ({ ...of, callMs: (of.callMs ?? 0) / 4 })],
  ['overlooks a pause', (of) => ({ ...of, present: { ...of.present, pausedMs: 0 } })],
  ['takes what is kept for others', (of) => ({ ...of, budget: { ...of.budget, reserve: 0 } })],
  ['overlooks a quota', (of) => ({ ...of, present: { ...of.present, quota: undefined } })],
])('that would be seen of one that %s', (_, spoil) => {
  expect(() => check((of) => affordableCalls(spoil(of)))).toThrow();
});
