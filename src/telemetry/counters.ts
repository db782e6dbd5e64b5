import type { Events } from '../core/events.ts';
import type { ExemplarPlace, ExemplarsOf } from '../core/metrics/exemplars.ts';
import { type LabelCounts, mostRows } from '../core/metrics/labels.ts';
import type { ReadCounts } from '../core/metrics/read-counts.ts';
import {
  type AnyRow,
  GROUPS,
  type Group,
  isNumber,
  labelsOf,
  type Statistics,
  statisticsOf,
} from '../core/metrics/statistics.ts';
import type { Measurements } from './measurements.ts';
import { MetricCounter } from './metric-counter.ts';

export interface CountersDeps {
  readonly reads: ReadCounts;
  readonly measurements: Measurements;
  /** Of the configuration: they bound the series. */
  readonly counts: LabelCounts;
  /** In ms since the epoch, for exemplars. */
  readonly now: () => number;
  /** The span in which an event is emitted; undefined when it is in none that is recorded. */
  readonly span: () => ExemplarPlace | undefined;
}

/**
 * Counts what a process does: each declared metric out of its event, reads where they happen, in `ReadCounts`, and what others measure.
 * Grows with the configuration (sources, origins, tiers), never with the work.
 */
export class Counters {
  readonly #measurements: Measurements;
  readonly #groups: ReadonlyMap<Group, MetricCounter>;
  #offs: (() => void)[] = [];

  constructor({ reads, measurements, counts, ...deps }: CountersDeps) {
    this.#measurements = measurements;
    measurements.provide('reads', () => reads.rows());
    measurements.provide('answers', () => reads.answers());
    measurements.provide('readTimes', () => reads.durations());
    this.#groups = new Map(
      [...GROUPS].map(([group, metrics]) => [
        group,
        new MetricCounter({ metrics, mostRows: mostRows(labelsOf(metrics), counts), ...deps }),
      ]),
    );
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

  /** The traces that what was counted belongs to. */
  readonly exemplars: ExemplarsOf = (group, row, column) =>
    this.#groups.get(group)?.exemplars(row, column) ?? [];

  #rowsOf(group: Group): readonly AnyRow[] {
    return this.#measurements.rows(group) ?? this.#groups.get(group)?.rows() ?? [];
  }
}
