import type { Events } from '../core/events.ts';
import { Histogram } from '../core/metrics/histogram.ts';
import type { Metric } from '../core/metrics/metric.ts';
import type { ReadCounts } from '../core/metrics/read-counts.ts';
import {
  type AnyRow,
  GROUPS,
  type Group,
  isNumber,
  labelsOf,
  type Statistics,
  statisticsOf,
  sumRows,
} from '../core/metrics/statistics.ts';

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

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  /** What is counted so far, in the order of the group's columns: found by place, because some events come very often. */
  readonly counted: (number | Histogram)[];
}

/** What all metrics of one group count, in rows by their labels. */
class GroupCounter {
  readonly #columns: readonly CountedColumn[];
  readonly #labels: readonly string[];
  readonly #rows = new Map<string, Row>();

  constructor(metrics: readonly Metric[]) {
    this.#columns = metrics
      .flatMap((metric) => Object.keys(metric.columns).map((name) => ({ metric, name })))
      .map(({ metric, name }, place) => ({
        name,
        place,
        kind: metric.kind,
        from: metric.from,
        value: countIn(metric),
      }));
    this.#labels = labelsOf(metrics);
  }

  subscribe(events: Events): (() => void)[] {
    const byEvent = Map.groupBy(this.#columns, ({ from }) => from?.event);
    return [...byEvent].flatMap(([event, columns]) =>
      event === undefined ? [] : [events.on(event, (payload) => this.#count(payload as Payload, columns))],
    );
  }

  rows(): AnyRow[] {
    return [...this.#rows.values()].map(({ labels, counted }) => {
      const columns = this.#columns.map(({ name, place }) => {
        const value = counted[place] ?? 0;
        return [name, typeof value === 'number' ? value : value.buckets()];
      });
      return { ...labels, ...Object.fromEntries(columns) };
    });
  }

  #count(payload: Payload, columns: readonly CountedColumn[]): void {
    const { counted } = this.#rowOf(payload);
    for (const { name, place, kind, value } of columns) {
      const amount = value(payload, name);
      if (amount === undefined) continue;
      const known = counted[place] ?? 0;
      if (typeof known === 'object') known.record(amount);
      else counted[place] = kind === 'gauge' ? amount : known + amount;
    }
  }

  #rowOf(payload: Payload): Row {
    let name = '';
    for (const label of this.#labels) name += `${payload[label]}\n`;
    return this.#rows.get(name) ?? this.#newRow(name, payload);
  }

  #newRow(name: string, payload: Payload): Row {
    const row = {
      labels: Object.fromEntries(this.#labels.map((label) => [label, String(payload[label])])),
      counted: this.#columns.map(({ kind }) => (kind === 'histogram' ? new Histogram() : 0)),
    };
    this.#rows.set(name, row);
    return row;
  }
}

interface CountedColumn extends Pick<Metric, 'kind' | 'from'> {
  readonly name: string;
  readonly place: number;
  readonly value: Value;
}

type Value = (payload: Payload, column: string) => number | undefined;

function countIn({ from }: Metric): Value {
  // The declaration has checked that `value` takes the payload of its event, and the names of its columns.
  return from === null ? () => undefined : (from.value as Value);
}
