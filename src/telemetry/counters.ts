import type { Events } from '../core/events.ts';
import { Histogram } from '../core/histogram.ts';
import type { Metric } from '../core/metric.ts';
import type { ReadCounts } from '../core/read-counts.ts';
import {
  type AnyRow,
  GROUPS,
  type Group,
  isNumber,
  labelsOf,
  type Statistics,
  statisticsOf,
  sumRows,
} from '../core/statistics.ts';

/** The columns of a row while they are counted. */
type Counted = Record<string, number | Histogram>;
type Payload = Readonly<Record<string, unknown>>;

/**
 * Counts what a process does: each declared metric out of its event, and reads where they happen, in `ReadCounts`. Grows with the
 * configuration (sources, origins, tiers), never with the work.
 */
export class Counters {
  readonly #reads: ReadCounts;
  readonly #groups = new Map([...GROUPS].map(([group, metrics]) => [group, new GroupCounter(metrics)]));
  #offs: (() => void)[] = [];

  constructor(reads: ReadCounts) {
    this.#reads = reads;
  }

  /** Begins to count; once per object. */
  start(events: Events): void {
    this.#offs = [...this.#groups.values()].flatMap((group) => group.subscribe(events));
  }

  stop(): void {
    for (const off of this.#offs) off();
    this.#offs = [];
  }

  /** A copy that does not change any more. */
  snapshot(): Statistics {
    return statisticsOf((metrics, group) => {
      const rows = this.#rowsOf(group);
      return isNumber(metrics) ? Number(rows[0]?.[group] ?? 0) : rows;
    });
  }

  #rowsOf(group: Group): readonly AnyRow[] {
    return group === 'reads' ? sumRows('reads', this.#reads.rows()) : (this.#groups.get(group)?.rows() ?? []);
  }
}

/** What all metrics of one group count, in rows by their labels. */
class GroupCounter {
  readonly #metrics: readonly Metric[];
  readonly #labels: readonly string[];
  readonly #rows = new Map<string, { readonly labels: AnyRow; readonly columns: Counted }>();

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics;
    this.#labels = labelsOf(metrics);
  }

  subscribe(events: Events): (() => void)[] {
    const byEvent = Map.groupBy(this.#metrics, ({ from }) => from?.event);
    return [...byEvent].flatMap(([event, metrics]) => {
      if (event === undefined) return [];
      const updates = metrics.flatMap(updatesOf);
      return [events.on(event, (payload) => this.#count(payload as Payload, updates))];
    });
  }

  rows(): AnyRow[] {
    return [...this.#rows.values()].map(({ labels, columns }) => {
      const copied = Object.entries(columns).map(([name, value]) => [
        name,
        typeof value === 'number' ? value : value.buckets(),
      ]);
      return { ...labels, ...Object.fromEntries(copied) };
    });
  }

  #count(payload: Payload, updates: readonly Update[]): void {
    const { columns } = this.#rowOf(payload);
    for (const update of updates) update(columns, payload);
  }

  #rowOf(payload: Payload) {
    const name = this.#labels.map((label) => payload[label]).join('\n');
    const row = this.#rows.get(name) ?? {
      labels: Object.fromEntries(this.#labels.map((label) => [label, String(payload[label])])),
      columns: Object.fromEntries(this.#metrics.flatMap(noneCounted)),
    };
    this.#rows.set(name, row);
    return row;
  }
}

type Update = (counted: Counted, payload: Payload) => void;

/** What an event does to each column of a metric. */
function updatesOf({ kind, columns, from }: Metric): Update[] {
  // The declaration has checked that `value` takes the payload of its event, and the names of its columns.
  const value = from?.value as (payload: Payload, column: string) => number | undefined;
  return Object.keys(columns).map((column) => (counted, payload) => {
    const amount = value(payload, column);
    const known = counted[column];
    if (amount === undefined || known === undefined) return;
    if (typeof known === 'object') known.record(amount);
    else counted[column] = kind === 'gauge' ? amount : known + amount;
  });
}

function noneCounted({ kind, columns }: Metric): [string, number | Histogram][] {
  return Object.keys(columns).map((column) => [column, kind === 'histogram' ? new Histogram() : 0]);
}
