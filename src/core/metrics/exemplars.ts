/**
 * Exemplars: which trace one of the things belongs to that a series counts, so that a slow bucket leads to a slow call. One of each
 * bucket is kept, so slow ones stay while quick ones follow; it gives way to another a second later at the earliest. They belong to a
 * process, and are not added up.
 */
import type { AnyRow, Group } from './statistics.ts';

/** A span, by ids in lower-case hex as in W3C's `traceparent`. */
export interface ExemplarPlace {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Exemplar {
  readonly span: ExemplarPlace;
  /** What was counted, in the unit of the snapshot. */
  readonly value: number;
  /** Ms since the epoch. */
  readonly at: number;
}

/** The exemplars of a column of a row. */
export type ExemplarsOf = (group: Group, row: AnyRow, column: string) => Iterable<Exemplar>;

export const NO_EXEMPLARS: ExemplarsOf = () => [];

/**
 * Upper bounds of the buckets that leave the house, in ms: from 4 us to 65 s. They are powers of two, which are edges of the finer
 * buckets that histograms count in, so their counts are exact.
 */
export const BOUNDS_MS: readonly number[] = Array.from({ length: 25 }, (_, i) => 2 ** (i - 8));

/** The first of the bounds above a duration, as a place in them; their number where none is. */
export function boundAbove(ms: number): number {
  const place = BOUNDS_MS.findIndex((bound) => ms < bound);
  return place < 0 ? BOUNDS_MS.length : place;
}
