import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GROUPS,
  isNumber,
  NO_STATISTICS,
  rowsOf,
  type Statistics,
  statisticsOf,
  statisticsSchema,
  sumStatistics,
} from '../../../src/core/metrics/statistics.ts';
import { anyStatistics, namesOf } from '../../support/any-statistics.ts';

const some = anyStatistics(fc.constantFrom('a', 'b', 'c'));
type Sum = (all: readonly Statistics[]) => Statistics;

/** With the rows in one order: which process reports first makes no difference to what is counted. */
function ordered(statistics: Statistics): Statistics {
  return statisticsOf((metrics, group) => {
    if (isNumber(metrics)) return Number(statistics[group]);
    const name = namesOf(metrics);
    return rowsOf(statistics, group).toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
  });
}

function checkCommutes(sum: Sum): void {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(ordered(sum([a, b]))).toEqual(ordered(sum([b, a])));
    }),
  );
}

function checkAssociates(sum: Sum): void {
  fc.assert(
    fc.property(some, some, some, (a, b, c) => {
      const all = ordered(sum([a, b, c]));
      expect(ordered(sum([sum([a, b]), c]))).toEqual(all);
      expect(ordered(sum([a, sum([b, c])]))).toEqual(all);
    }),
  );
}

describe('the sum over processes', () => {
  test('is the same in whatever order they report', () => checkCommutes(sumStatistics));

  test('is the same however they are put together', () => checkAssociates(sumStatistics));

  test('leaves the statistics of one process unchanged, and is empty for none', () => {
    fc.assert(
      fc.property(some, (one) => {
        expect(sumStatistics([one])).toEqual(one);
        expect(sumStatistics([one, NO_STATISTICS])).toEqual(one);
      }),
    );
    expect(sumStatistics([])).toEqual(NO_STATISTICS);
  });

  test('adds counters and open breakers, and takes the latest of the ticks', () => {
    const of = (open: number, latest: number): Statistics => ({
      ...NO_STATISTICS,
      breakers: [{ tier: 'redis', of: 'reads', open }],
      ticks: [{ schedule: 'hot', latest, ran: 0, buckets: [] }],
      problems: 2,
    });
    expect(sumStatistics([of(1, 5_000), of(0, 7_000), of(1, 6_000)])).toEqual({
      ...of(2, 7_000),
      problems: 6,
    });
  });

  test('is caught when it lets the last process win', () => {
    const lastWins: Sum = (all) => ({ ...sumStatistics(all), problems: all.at(-1)?.problems ?? 0 });
    expect(() => checkCommutes(lastWins)).toThrow('Property failed');
  });

  test('is caught when it takes a mean', () => {
    const mean: Sum = (all) => ({
      ...sumStatistics(all),
      problems: all.reduce((sum, { problems }) => sum + problems, 0) / Math.max(1, all.length),
    });
    expect(() => checkAssociates(mean)).toThrow('Property failed');
  });
});

describe('a snapshot in the registry', () => {
  const read = (content: unknown) => statisticsSchema.parse(JSON.parse(JSON.stringify(content)));

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(some, (one) => {
        expect(read(one)).toEqual(one);
      }),
    );
  });

  test('of an older version counts as zero what it does not report', () => {
    const { breakers: _, ...older } = NO_STATISTICS;
    const evicted = [{ tier: 'disk', keys: 5 }];
    expect(read({ ...older, evicted })).toEqual({
      ...NO_STATISTICS,
      evicted: [{ tier: 'disk', keys: 5, unread: 0 }],
    });
    expect(read({})).toEqual(NO_STATISTICS);
  });

  test('of a newer version is read without what is not known here', () => {
    const newer = { tier: 'disk', keys: 5, unread: 1, weight: 7 };
    expect(read({ ...NO_STATISTICS, evicted: [newer], stars: [{ sign: 'lyra', seen: 3 }] })).toEqual({
      ...NO_STATISTICS,
      evicted: [{ tier: 'disk', keys: 5, unread: 1 }],
    });
  });

  test('is made of the groups that are declared', () => {
    expect(Object.keys(NO_STATISTICS)).toEqual([...GROUPS.keys()]);
  });
});
