/**
 * Statistics as `stats` reports them: what a snapshot holds, with percentiles in place of buckets. Which groups and members there are
 * follows from the declarations of the metrics (`core/metrics/metrics.ts`).
 */
import { z } from 'zod';
import { type Buckets, Histogram } from '../core/metrics/histogram.ts';
import type { Metric } from '../core/metrics/metric.ts';
import {
  type AnyRow,
  GROUPS,
  type Group,
  isNumber,
  labelsOf,
  rowsOf,
  type Statistics,
  type StatisticsRow,
  sumRows,
} from '../core/metrics/statistics.ts';

/** Groups that the JSON calls by another name than the snapshot does. */
const NAMES = { coded: 'coding', evicted: 'evictions' } as const;
type NameOf<G extends Group> = G extends keyof typeof NAMES ? (typeof NAMES)[G] : G;

/**
 * Left out: `stats` has the outcomes of all times from the registry, which outlive processes; and what it has by origin, or the API's
 * own answers, is for dashboards alone.
 */
const LEFT = ['outcomes', 'httpServer', 'httpClient', 'dbClient'] as const satisfies readonly Group[];
type Left = (typeof LEFT)[number];

export const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type Latency = { readonly [P in keyof typeof QUANTILES]: number | null };

type Flat<T> = { readonly [N in keyof T]: T[N] };
type RowView<G extends Group> = Flat<
  Omit<StatisticsRow<G>, 'buckets'> &
    ('buckets' extends keyof StatisticsRow<G> ? Latency : unknown) &
    (G extends 'coded' ? { readonly ratio: number | null } : unknown)
>;
export type StatisticsView = {
  readonly [G in Exclude<Group, Left> as NameOf<G>]: Statistics[G] extends number ? number : RowView<G>[];
};

interface ViewGroup {
  /** In the view. */
  readonly name: string;
  /** In the snapshot. */
  readonly group: Group;
  readonly metrics: readonly Metric[];
}

/** The groups of the view, in its order. */
export const VIEW_GROUPS: readonly ViewGroup[] = [...GROUPS].flatMap(([group, metrics]) =>
  LEFT.some((left) => left === group) ? [] : [{ name: nameOf(group), group, metrics }],
);

/** The name of a group in the JSON. */
function nameOf(group: Group): string {
  return (NAMES as Partial<Record<Group, string>>)[group] ?? group;
}

const RATIO = '`plain` by `stored`: 4 is a quarter of the size.';

// The shape that the type is made of, out of the same declarations.
export const statisticsView = z.object(
  Object.fromEntries(VIEW_GROUPS.map(({ name, group, metrics }) => [name, groupSchema(group, metrics)])),
) as unknown as z.ZodType<StatisticsView>;

function groupSchema(group: Group, metrics: readonly Metric[]): z.ZodType {
  const about = metrics.map(({ meaning }) => meaning).join(' ');
  if (isNumber(metrics)) return z.int().describe(about);
  const labels = labelsOf(metrics).map((label) => [label, z.string()]);
  const columns = metrics.flatMap(columnSchemas);
  const ratio = group === 'coded' ? { ratio: z.number().nullable().describe(RATIO) } : {};
  return z.array(z.object({ ...Object.fromEntries([...labels, ...columns]), ...ratio })).describe(about);
}

function columnSchemas({ kind, columns, meaning }: Metric): [string, z.ZodType][] {
  if (kind === 'histogram') return Object.keys(QUANTILES).map((name) => [name, milliseconds()]);
  return Object.entries(columns).map(([name, column]) => [
    name,
    (kind === 'gauge' ? z.number() : z.int()).describe(column.meaning || meaning),
  ]);
}

function milliseconds() {
  return z.number().nullable().describe('Milliseconds; null when there was none.');
}

/** The view of a snapshot. */
export function statisticsViewOf(statistics: Statistics): StatisticsView {
  const groups = VIEW_GROUPS.map(({ name, group, metrics }) => [
    name,
    isNumber(metrics) ? statistics[group] : rowsOf(statistics, group).map((row) => rowView(group, row)),
  ]);
  // As the type says, out of the declarations it is made of.
  return Object.fromEntries(groups) as StatisticsView;
}

function rowView(group: Group, { buckets, ...row }: AnyRow) {
  const latency = typeof buckets === 'object' ? percentilesOf(histogramOf(buckets)) : {};
  const ratio = group === 'coded' ? { ratio: ratioOf(Number(row.plain), Number(row.stored)) } : {};
  return { ...row, ...latency, ...ratio };
}

function ratioOf(plain: number, stored: number): number | null {
  return stored === 0 ? null : plain / stored;
}

function histogramOf(buckets: Buckets): Histogram {
  const histogram = new Histogram();
  histogram.add(buckets);
  return histogram;
}

export function percentilesOf(histogram: Pick<Histogram, 'quantile'>): Latency {
  const at = (q: number) => histogram.quantile(q) ?? null;
  return { p50: at(QUANTILES.p50), p95: at(QUANTILES.p95), p99: at(QUANTILES.p99) };
}

type GroupName = Exclude<Group, Left> & keyof StatisticsView;

/** The shape of some groups of the view. */
export function groupsView<G extends GroupName>(groups: readonly G[]): z.ZodType<Pick<StatisticsView, G>> {
  const shapes = groups.map((group) => [group, groupSchema(group, GROUPS.get(group) ?? [])]);
  return z.object(Object.fromEntries(shapes)) as unknown as z.ZodType<Pick<StatisticsView, G>>;
}

/** Some groups of the view of several snapshots together: summing all of them takes a while where there are many sources. */
export function groupsOf<G extends GroupName>(
  all: readonly Statistics[],
  groups: readonly G[],
): Pick<StatisticsView, G> {
  const views = groups.map((group) => {
    const rows = all.flatMap((one) => rowsOf(one, group));
    return [group, sumRows(group, rows).map((row) => rowView(group, row))];
  });
  // As the type says, out of the declarations it is made of.
  return Object.fromEntries(views) as Pick<StatisticsView, G>;
}

/** The rows of a group of the view; one that is a single number has one without labels. */
export function viewRowsOf(view: StatisticsView, name: string): readonly Readonly<Record<string, unknown>>[] {
  const content = (view as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(content) ? content : [{ [name]: content }];
}
