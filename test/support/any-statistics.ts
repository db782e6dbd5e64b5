/** Statistics at random, of every group that is declared. */
import fc from 'fast-check';
import type { Metric } from '../../src/core/metrics/metric.ts';
import {
  type AnyRow,
  GROUPS,
  type Group,
  isNumber,
  labelsOf,
  type Statistics,
  statisticsOf,
} from '../../src/core/metrics/statistics.ts';

const buckets = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 32_000, max: 33_500 }), fc.integer({ min: 1, max: 1_000 })), {
    selector: ([index]) => index,
    maxLength: 6,
  })
  .map((all) => all.toSorted(([a], [b]) => a - b));

function rowOf(metrics: readonly Metric[], label: fc.Arbitrary<string>): fc.Arbitrary<AnyRow> {
  const labels = labelsOf(metrics).map((name) => [name, label]);
  const columns = metrics.flatMap(({ kind, columns }) =>
    Object.keys(columns).map((name) => [name, kind === 'histogram' ? buckets : fc.nat(1_000_000)]),
  );
  return fc.record(Object.fromEntries([...labels, ...columns]));
}

/** As a process may report them; labels are drawn from `label`. */
export function anyStatistics(label: fc.Arbitrary<string>): fc.Arbitrary<Statistics> {
  const groups = [...GROUPS].map(([group, metrics]) => [
    group,
    isNumber(metrics)
      ? fc.nat(1_000)
      : fc.uniqueArray(rowOf(metrics, label), { selector: namesOf(metrics), maxLength: 4 }),
  ]);
  return fc
    .record(Object.fromEntries(groups) as Record<Group, fc.Arbitrary<number | readonly AnyRow[]>>)
    .map((content) => statisticsOf((_, group) => content[group]));
}

/** The labels of a row, as one text. */
export function namesOf(metrics: readonly Metric[]): (row: AnyRow) => string {
  return (row) => JSON.stringify(labelsOf(metrics).map((label) => row[label]));
}
