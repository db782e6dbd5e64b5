/**
 * What a process has done since it started, as a snapshot of its metrics: for each group its rows, in which texts name the row, and
 * numbers and buckets are counted. Processes publish it in the registry as JSON. Shape, checks and sums follow from the declarations.
 *
 * Processes of several versions live together during a deploy. What an older one does not report yet counts as nothing; what a newer
 * one reports and this one does not know is ignored.
 */
import { z } from 'zod';
import { type Buckets, Histogram } from './histogram.ts';
import type { Label } from './labels.ts';
import type { Combine, Metric } from './metric.ts';
import { METRICS } from './metrics.ts';

type Declared = (typeof METRICS)[number];
export type Group = Declared['group'];
type MetricIn<G extends Group> = Extract<Declared, { readonly group: G }>;
/** The labels of a group's rows; never for a group that is a single number. */
type LabelIn<G extends Group> = MetricIn<G>['labels'][number];

/** Made flat, so that messages of the compiler show the members. */
type Flat<T> = { readonly [N in keyof T]: T[N] };
type ColumnsOf<M extends Metric> = M extends Metric
  ? Record<keyof M['columns'] & string, M['kind'] extends 'histogram' ? Buckets : number>
  : never;
type All<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

export type StatisticsRow<G extends Group> = Flat<Record<LabelIn<G>, string> & All<ColumnsOf<MetricIn<G>>>>;
export type Statistics = {
  readonly [G in Group]: [LabelIn<G>] extends [never] ? number : readonly StatisticsRow<G>[];
};

/** A row of any group. */
export type AnyRow = Readonly<Record<string, string | number | Buckets>>;

/** The metrics of each group, in the order in which they are declared. */
export const GROUPS: ReadonlyMap<Group, readonly Metric[]> = Map.groupBy(METRICS, ({ group }) => group);

const number = z.number().min(0);
const buckets = z.array(z.tuple([z.int().min(0), z.int().min(0)]).readonly());

export const statisticsSchema: z.ZodType<Statistics> = schemaOf();

function schemaOf(): z.ZodType<Statistics> {
  const groups = perGroup((metrics) => (isNumber(metrics) ? number.default(0) : rowsSchema(metrics)));
  // Each group has the shape that its type is made of, out of the same declarations.
  return z.object(groups) as unknown as z.ZodType<Statistics>;
}

function rowsSchema(metrics: readonly Metric[]) {
  const labels = labelsOf(metrics).map((label) => [label, z.string().default('')]);
  const columns = metrics.flatMap(({ kind, columns }) =>
    Object.keys(columns).map((name) => [
      name,
      kind === 'histogram' ? buckets.default([]) : number.default(0),
    ]),
  );
  return z.array(z.object(Object.fromEntries([...labels, ...columns]))).default([]);
}

/** Of a process that did nothing. */
export const NO_STATISTICS: Statistics = statisticsOf((metrics) => (isNumber(metrics) ? 0 : []));

/** Those of several processes together. */
export function sumStatistics(all: readonly Statistics[]): Statistics {
  return statisticsOf((metrics, group) => {
    const [first] = metrics;
    if (first === undefined || !isNumber(metrics))
      return sumRows(
        group,
        all.flatMap((one) => rowsOf(one, group)),
      );
    return all
      .map((one) => Number(one[group]))
      .reduce((total, each) => combined(first.combine, total, each), 0);
  });
}

/** One row for each combination of labels, in the order they first come. */
export function sumRows(group: Group, rows: readonly AnyRow[]): AnyRow[] {
  const metrics = GROUPS.get(group) ?? [];
  const labels = labelsOf(metrics);
  const groups = Map.groupBy(rows, (row) => JSON.stringify(labels.map((label) => row[label])));
  return [...groups.values()].map((same) => sumOfRows(metrics, same));
}

function sumOfRows(metrics: readonly Metric[], rows: readonly AnyRow[]): AnyRow {
  const [first = {}] = rows;
  const labels = labelsOf(metrics).map((label) => [label, first[label] ?? '']);
  const columns = metrics.flatMap(({ combine, columns }) =>
    Object.keys(columns).map((name) => [
      name,
      combine === 'merge'
        ? merged(rows.map((row) => row[name]))
        : rows.reduce((total, row) => combined(combine, total, Number(row[name])), 0),
    ]),
  );
  return Object.fromEntries([...labels, ...columns]);
}

function combined(combine: Combine, total: number, value: number): number {
  return combine === 'max' ? Math.max(total, value) : total + value;
}

function merged(all: readonly (AnyRow[string] | undefined)[]): Buckets {
  const histogram = new Histogram();
  for (const each of all) if (typeof each === 'object') histogram.add(each);
  return histogram.buckets();
}

/** The rows of a group, whichever it is; a group that is a single number has one without labels. */
export function rowsOf(statistics: Statistics, group: Group): readonly AnyRow[] {
  const content: number | readonly AnyRow[] = statistics[group];
  return typeof content === 'number' ? [{ [group]: content }] : content;
}

/** Statistics of what is said of each group. */
export function statisticsOf(
  content: (metrics: readonly Metric[], group: Group) => number | readonly AnyRow[],
): Statistics {
  // Rows are made from the declarations that their types are made of.
  return perGroup(content) as unknown as Statistics;
}

function perGroup<T>(each: (metrics: readonly Metric[], group: Group) => T): Record<string, T> {
  return Object.fromEntries([...GROUPS].map(([group, metrics]) => [group, each(metrics, group)]));
}

/** Whether a group has no labels, and so is a single number in place of rows. */
export function isNumber(metrics: readonly Metric[]): boolean {
  return labelsOf(metrics).length === 0;
}

/** The labels of a group's rows. */
export function labelsOf(metrics: readonly Metric[]): readonly Label[] {
  return metrics[0]?.labels ?? [];
}
