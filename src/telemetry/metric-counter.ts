import type { Events } from '../core/events.ts';
import { boundAbove, type Exemplar, type ExemplarPlace } from '../core/metrics/exemplars.ts';
import { Histogram } from '../core/metrics/histogram.ts';
import { OTHER } from '../core/metrics/labels.ts';
import type { Metric } from '../core/metrics/metric.ts';
import { type AnyRow, labelsOf } from '../core/metrics/statistics.ts';

type Payload = Readonly<Record<string, unknown>>;

export interface MetricCounterDeps {
  readonly metrics: readonly Metric[];
  /** How many rows the configuration has. What would be another one is counted together, as `other`. */
  readonly mostRows: number;
  /** In ms since the epoch, for exemplars. */
  readonly now: () => number;
  /** The span in which an event is emitted; undefined when it is in none that is recorded. */
  readonly span: () => ExemplarPlace | undefined;
}

/** For so long an exemplar stays, in ms. */
const EXEMPLAR_MS = 1_000;

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  /** What is counted so far, in the order of the group's columns: found by place, because some events come very often. */
  readonly counted: (number | Histogram)[];
  /** By column; of a histogram one for each bucket. */
  readonly exemplars: Map<string, Map<number, Exemplar>>;
}

/** What all metrics of one group count out of events, in rows by their labels. */
export class MetricCounter {
  readonly #deps: MetricCounterDeps;
  readonly #columns: readonly CountedColumn[];
  readonly #labels: readonly string[];
  readonly #rows = new Map<string, Row>();

  constructor(deps: MetricCounterDeps) {
    this.#deps = deps;
    this.#columns = deps.metrics
      .flatMap((metric) => Object.keys(metric.columns).map((name) => ({ metric, name })))
      .map(({ metric, name }, place) => ({
        name,
        place,
        kind: metric.kind,
        from: metric.from,
        value: countIn(metric),
      }));
    this.#labels = labelsOf(deps.metrics);
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

  exemplars(row: AnyRow, column: string): Iterable<Exemplar> {
    return this.#rows.get(this.#nameOf(row))?.exemplars.get(column)?.values() ?? [];
  }

  #count(payload: Payload, columns: readonly CountedColumn[]): void {
    const row = this.#rowOf(payload);
    const { counted } = row;
    for (const column of columns) {
      const { name, place, kind, value } = column;
      const amount = value(payload, name);
      if (amount === undefined) continue;
      const known = counted[place] ?? 0;
      if (typeof known === 'object') known.record(amount);
      else counted[place] = kind === 'gauge' ? amount : known + amount;
      // A gauge is no sum of things, and has no exemplar.
      if (kind !== 'gauge' && amount !== 0) this.#keep(row, column, amount);
    }
  }

  /**
   * One for each bucket, and one for a counter. It stays for a while: to look for the span takes longer than to count, and some events
   * come with every key.
   */
  #keep({ exemplars }: Row, { name, kind }: CountedColumn, value: number): void {
    const bucket = kind === 'histogram' ? boundAbove(value) : 0;
    const ofColumn = exemplars.get(name);
    const known = ofColumn?.get(bucket);
    // By the absolute value: a clock that was set back must not keep one for ever.
    if (known !== undefined && Math.abs(this.#deps.now() - known.at) < EXEMPLAR_MS) return;
    const span = this.#deps.span();
    if (span === undefined) return;
    const exemplar = { span, value, at: this.#deps.now() };
    exemplars.set(name, (ofColumn ?? new Map<number, Exemplar>()).set(bucket, exemplar));
  }

  #rowOf(payload: Payload): Row {
    const name = this.#nameOf(payload);
    return this.#rows.get(name) ?? this.#newRow(name, payload);
  }

  #nameOf(labelled: Payload): string {
    let name = '';
    for (const label of this.#labels) name += `${labelled[label]}\n`;
    return name;
  }

  #newRow(name: string, payload: Payload): Row {
    const isBeyond =
      this.#rows.size >= this.#deps.mostRows && this.#labels.some((label) => payload[label] !== OTHER);
    if (isBeyond) return this.#rowOf(Object.fromEntries(this.#labels.map((label) => [label, OTHER])));
    const row: Row = {
      labels: Object.fromEntries(this.#labels.map((label) => [label, String(payload[label])])),
      counted: this.#columns.map(({ kind }) => (kind === 'histogram' ? new Histogram() : 0)),
      exemplars: new Map(),
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
