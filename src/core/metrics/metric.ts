/**
 * What a metric is, before any is counted. `metrics.ts` declares all of them with the functions below; everything that deals with
 * metrics is made from these declarations: what a process counts (`telemetry/counters.ts`), the snapshot it puts into the registry
 * and how snapshots are added up (`statistics.ts`), the verb `stats`, the tables of the CLI, the Prometheus text
 * (`telemetry/exposition.ts`) and `docs/metrics.md`.
 *
 * A snapshot holds groups of rows. A row is named by its labels and holds one number (or histogram) per column, so metrics with the
 * same labels can share a row: `calls` has the columns `calls`, `failed`, `keys` and `buckets`. A metric may own several columns:
 * then they differ by the value of one more label, such as `result`.
 *
 * Two things must stay true. Labels are bounded by the configuration (`labels.ts`): a key, a run or a message is never one. And combining two
 * snapshots is associative and commutative, because processes report in any order. This is why there is no rule "the last one
 * wins": a snapshot does not say when each of its gauges was set.
 */
import type { EventMap, EventName } from '../events.ts';
import type { Label } from './labels.ts';

type Kind = 'counter' | 'gauge' | 'histogram';

/** Whose a value is. Those of the service are the same whoever tells them: of several processes the largest counts. */
type Scope = 'process' | 'service';

/** How the values of several processes make one. A histogram's buckets are merged one by one. */
export type Combine = 'sum' | 'max' | 'merge';

/**
 * What snapshots count in. `ucum` is the base unit that leaves the house, in the code that OpenTelemetry uses; `per` of ours make one
 * of it. `suffix` is what the metric's name says of it.
 */
export const UNITS = {
  breakers: { ucum: '{breaker}', per: 1, suffix: '' },
  bytes: { ucum: 'By', per: 1, suffix: '_bytes' },
  calls: { ucum: '{call}', per: 1, suffix: '' },
  cuts: { ucum: '{cut}', per: 1, suffix: '' },
  callsPerSecond: { ucum: '{call}/s', per: 1, suffix: '_per_second' },
  exports: { ucum: '{export}', per: 1, suffix: '' },
  entries: { ucum: '{entry}', per: 1, suffix: '' },
  jobs: { ucum: '{job}', per: 1, suffix: '' },
  keys: { ucum: '{key}', per: 1, suffix: '' },
  ms: { ucum: 's', per: 1_000, suffix: '_seconds' },
  msSinceEpoch: { ucum: 's', per: 1_000, suffix: '_timestamp_seconds' },
  pauses: { ucum: '{pause}', per: 1, suffix: '' },
  problems: { ucum: '{problem}', per: 1, suffix: '' },
  processes: { ucum: '{process}', per: 1, suffix: '' },
  ratio: { ucum: '1', per: 1, suffix: '_ratio' },
  ticks: { ucum: '{tick}', per: 1, suffix: '' },
} as const;
export type Unit = keyof typeof UNITS;

/** The label values that a column adds to those of its row, and what the column counts where the metric alone does not say it. */
interface MetricColumn {
  readonly labels: Readonly<Record<string, string>>;
  readonly meaning: string;
}
type MetricColumns<C extends string> = Readonly<Record<C, MetricColumn>>;

/** Which event a metric is counted from. */
interface Emitted {
  readonly event: EventName;
  /** What the event adds to a column (a gauge is set to it). Undefined leaves the column as it is. */
  readonly value: (payload: never, column: never) => number | undefined;
}

export interface Metric<
  K extends Kind = Kind,
  G extends string = string,
  L extends readonly Label[] = readonly Label[],
  C extends string = string,
> {
  /** As Prometheus shows it, with the base unit and, of a counter, `_total`. */
  readonly name: string;
  readonly kind: K;
  readonly unit: Unit;
  readonly meaning: string;
  readonly combine: Combine;
  /** The rows of a snapshot that it is part of. */
  readonly group: G;
  /** The labels of its rows. All metrics of a group have the same; a group without labels is a single number. */
  readonly labels: L;
  readonly columns: MetricColumns<C>;
  /** Null: kept where the work is done, or measured when it is asked for. */
  readonly from: Emitted | null;
  /** Of what it speaks: of the process that tells it, or of the whole service, which one process at a time measures. */
  readonly scope: Scope;
}

/** The members of an event that can be labels: those that are declared as such, and are texts. */
type LabelOf<E extends EventName> = {
  [N in keyof EventMap[E]]: N extends Label ? (EventMap[E][N] extends string ? N : never) : never;
}[keyof EventMap[E]] &
  Label;

interface Place<G extends string, L extends readonly Label[], C extends string> {
  readonly by: L;
  readonly group: G;
  /** One column, or several that `split` tells apart. */
  readonly as: C | MetricColumns<C>;
}

interface Counted<E extends EventName, G extends string, L extends readonly LabelOf<E>[], C extends string>
  extends Place<G, L, C> {
  readonly on: E;
  readonly value: (payload: EventMap[E], column: C) => number | undefined;
}

/** Adds up, and never goes down while its process lives. */
export function counter<
  E extends EventName,
  const G extends string,
  const L extends readonly LabelOf<E>[],
  const C extends string,
>(name: string, unit: Unit, meaning: string, { on, value, ...place }: Counted<E, G, L, C>) {
  const from = { event: on, value };
  return metricOf({ name, kind: 'counter', unit, meaning, combine: 'sum', from } as const, place);
}

/** Is what it was last set to. */
export function gauge<
  E extends EventName,
  const G extends string,
  const L extends readonly LabelOf<E>[],
  const C extends string,
>(
  name: string,
  unit: Unit,
  meaning: string,
  { on, value, combine, ...place }: Counted<E, G, L, C> & { readonly combine: 'sum' | 'max' },
) {
  return metricOf(
    { name, kind: 'gauge', unit, meaning, combine, from: { event: on, value } } as const,
    place,
  );
}

/** How long things took: `value` is in ms. Its column is `buckets`, so a group has one at the most. */
export function histogram<E extends EventName, const G extends string, const L extends readonly LabelOf<E>[]>(
  name: string,
  meaning: string,
  { on, value, ...place }: Omit<Counted<E, G, L, 'buckets'>, 'as'>,
) {
  return metricOf(
    {
      name,
      kind: 'histogram',
      unit: 'ms',
      meaning,
      combine: 'merge',
      from: { event: on, value },
    } as const,
    { ...place, as: 'buckets' as const },
  );
}

/** A counter that is kept where the work is done, because an event for each would cost too much. */
export function keptCounter<const G extends string, const L extends readonly Label[], const C extends string>(
  name: string,
  unit: Unit,
  meaning: string,
  place: Place<G, L, C>,
) {
  return metricOf({ ...UNEMITTED, name, kind: 'counter', unit, meaning, combine: 'sum' } as const, place);
}

/** The same of durations. */
export function keptHistogram<const G extends string, const L extends readonly Label[]>(
  name: string,
  meaning: string,
  place: Omit<Place<G, L, 'buckets'>, 'as'>,
) {
  const what = { ...UNEMITTED, name, kind: 'histogram', unit: 'ms', meaning, combine: 'merge' } as const;
  return metricOf(what, { ...place, as: 'buckets' as const });
}

/** A gauge of this process that is measured when it is asked for. */
export function measuredGauge<
  const G extends string,
  const L extends readonly Label[],
  const C extends string,
>(
  name: string,
  unit: Unit,
  meaning: string,
  { combine, ...place }: Place<G, L, C> & { readonly combine: 'sum' | 'max' },
) {
  return metricOf({ ...UNEMITTED, name, kind: 'gauge', unit, meaning, combine } as const, place);
}

/** A gauge of the whole service. It is not told while nobody can measure it. */
export function serviceGauge<
  const G extends string,
  const L extends readonly Label[],
  const C extends string,
>(name: string, unit: Unit, meaning: string, place: Place<G, L, C>) {
  const what = { name, kind: 'gauge', unit, meaning, combine: 'max', from: null, scope: 'service' } as const;
  return metricOf(what, place);
}

const UNEMITTED = { from: null } as const;

/** Columns that differ by one label: for each its value of that label, and what it counts. */
export function split<const C extends string>(
  label: string,
  values: Readonly<Record<C, readonly [value: string, meaning: string]>>,
): MetricColumns<C> {
  const columns = Object.entries<readonly [string, string]>(values).map(([column, [value, meaning]]) => [
    column,
    { labels: { [label]: value }, meaning },
  ]);
  // The same members as `values`, as the type says.
  return Object.fromEntries(columns) as MetricColumns<C>;
}

function metricOf<K extends Kind, G extends string, L extends readonly Label[], C extends string>(
  what: Omit<Metric<K, G, L, C>, keyof Place<G, L, C> | 'labels' | 'columns' | 'scope'> & {
    readonly scope?: Scope;
  },
  { by, group, as }: Place<G, L, C>,
): Metric<K, G, L, C> {
  // One member, called as `C` says.
  const columns = typeof as === 'string' ? ({ [as]: { labels: {}, meaning: '' } } as MetricColumns<C>) : as;
  return { scope: 'process', ...what, group, labels: by, columns };
}
