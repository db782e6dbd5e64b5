/** What every history of calls must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { CallHistory, HourOfCalls } from '../../src/catalog/call-history.ts';
import { NO_CALLS, sumOfCalls } from '../../src/core/call-record.ts';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

/** The histories that processes of these names write to. */
export type HistoryOf = (holder: string) => CallHistory;

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);

function bucketsOf(...values: readonly number[]) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram.buckets();
}

function seenAt(hour: number, calls: number, ms = 100): HourOfCalls {
  const counts = { keys: calls, planned: calls, calls, failed: 0, values: calls, bytes: calls * 500 };
  const took = bucketsOf(...Array.from({ length: calls }, () => ms));
  const sizes = bucketsOf(...Array.from({ length: calls }, () => 500));
  return { ...NO_CALLS, ...counts, took, sizes, hour };
}

/** The calls of each hour that is kept, in order. */
async function callsOf(history: CallHistory, source = 'profile'): Promise<number[]> {
  return (await history.of(source)).map(({ calls }) => calls);
}

const lying =
  (honest: HistoryOf, lies: (history: CallHistory) => Partial<CallHistory>): HistoryOf =>
  (holder) => {
    const history = honest(holder);
    return {
      report: (...told) => history.report(...told),
      of: (source) => history.of(source),
      ...lies(history),
    };
  };

const clausesWithLiars: ClausesWithLiars<HistoryOf> = {
  'returns what was reported, the oldest hour first': {
    async check(as) {
      const history = as('a');
      await history.report('profile', seenAt(NOON + HOUR, 3));
      await history.report('profile', seenAt(NOON, 2));
      const hours = await history.of('profile');
      expect(hours.map(({ hour, calls, bytes }) => [hour, calls, bytes])).toEqual([
        [NOON, 2, 1_000],
        [NOON + HOUR, 3, 1_500],
      ]);
      expect(await history.of('other')).toEqual([]);
    },
    lie: (honest) =>
      lying(honest, (history) => ({ of: async (source) => (await history.of(source)).toReversed() })),
  },

  'keeps how long calls took and how large bodies were, to an eighth': {
    async check(as) {
      const history = as('a');
      await history.report('profile', seenAt(NOON, 9, 40));
      const sum = sumOfCalls(await history.of('profile'));
      for (const [buckets, value] of [
        [sum.took, 40],
        [sum.sizes, 500],
      ] as const) {
        const histogram = new Histogram();
        histogram.add(buckets);
        expect(Math.abs((histogram.quantile(0.5) ?? 0) - value) / value).toBeLessThan(1 / 8);
      }
    },
    lie: (honest) =>
      lying(honest, (history) => ({
        report: (source, seen) => history.report(source, { ...seen, took: bucketsOf(80) }),
      })),
  },

  'has a report of an hour replace what the same process reported of it': {
    async check(as) {
      const history = as('a');
      await history.report('profile', seenAt(NOON, 2));
      await history.report('profile', seenAt(NOON, 5));
      await history.report('profile', seenAt(NOON, 5));
      expect(await callsOf(history)).toEqual([5]);
    },
    lie(honest) {
      let n = 0;
      return (holder) => {
        const history = honest(holder);
        const report: CallHistory['report'] = (source, seen) => {
          n += 1;
          return honest(`${holder}${n}`).report(source, seen);
        };
        return { report, of: (source) => history.of(source) };
      };
    },
  },

  'adds what several processes saw in the same hour': {
    async check(as) {
      await as('a').report('profile', seenAt(NOON, 2));
      await as('b').report('profile', seenAt(NOON, 4));
      const sum = sumOfCalls(await as('c').of('profile'));
      expect(sum.calls).toBe(6);
    },
    lie: (honest) => () => honest('a'),
  },

  'keeps each source apart': {
    async check(as) {
      await as('a').report('profile', seenAt(NOON, 2));
      await as('a').report('quote', seenAt(NOON, 4));
      expect(await callsOf(as('a'), 'quote')).toEqual([4]);
    },
    lie: (honest) => lying(honest, (history) => ({ report: (_, seen) => history.report('profile', seen) })),
  },

  'keeps the latest hours, and of a bounded number': {
    async check(as) {
      for (let n = 0; n < 100; n += 1) await as('a').report('profile', seenAt(NOON + n * HOUR, 1));
      const hours = await as('a').of('profile');
      expect(hours.length).toBeLessThanOrEqual(64);
      expect(hours.at(-1)?.hour).toBe(NOON + 99 * HOUR);
      expect(hours.length).toBeGreaterThan(24);
    },
    lie: (honest) => (holder) => {
      const history = honest(holder);
      return {
        report: (source, seen) =>
          seen.hour > NOON + 70 * HOUR ? Promise.resolve() : history.report(source, seen),
        of: (source) => history.of(source),
      };
    },
  },
};

export const { clauses: CALL_HISTORY_CLAUSES, liars: CALL_HISTORY_LIARS } = apart(clausesWithLiars);
