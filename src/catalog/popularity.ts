/** The contract of popularity: how often keys are read, as readers report it. It counts, and decides nothing. */

import { HOUR_MS } from '../core/units.ts';

/** Of a source the reads of so many keys are kept for each hour, those of the most read: beyond them, no read is no proof that there was none. */
export const MOST_COUNTED = 50_000;

/** Whether of a source with so many keys, selected or not, no read of one means that it was not read. */
export function countsEach(keys: number): boolean {
  return keys <= MOST_COUNTED;
}

export interface PopularKey {
  readonly key: string;
  /** Reads in about the last hour, of all processes, as an estimate. */
  readonly reads: number;
}

/** A source of which nobody reports anything for longer than this, in ms, is not reported any more: report at least twice as often. */
export const REPORTED_WITHIN_MS = 180_000;

/** Who reports reads of a source. Times are ms since the epoch. */
export interface ReadReports {
  /** Since when reads are reported without a gap. Undefined: nobody reported any for an hour or more. */
  readonly since: number | undefined;
  /** The last report. */
  readonly until: number | undefined;
  /** The processes that reported lately, some of them, the latest first. */
  readonly by: readonly string[];
}

/** Over how much of the hour before `at` reads were reported, in ms. */
export function reportedOver({ since, until }: ReadReports, at: number): number {
  if (since === undefined || until === undefined) return 0;
  const end = at - until <= REPORTED_WITHIN_MS ? at : until;
  return Math.min(HOUR_MS, Math.max(0, end - Math.max(since, at - HOUR_MS)));
}

export interface Popularity {
  /**
   * Adds reads of a source's keys at a time (ms since the epoch). No reads: nobody read, and somebody counts. Statistics, which may count
   * twice when a connection is lost.
   */
  count(source: string, reads: ReadonlyMap<string, number>, at: number): Promise<void>;
  /** One number per key, in order; 0 for keys that are rarely or never read. */
  of(source: string, keys: readonly string[], at: number): Promise<number[]>;
  /** Since when, and by whom, reads of the source are reported: what was not reported before was not counted. */
  reports(source: string, at: number): Promise<ReadReports>;
  /** The keys that are read most, the most read first. */
  top(source: string, limit: number, at: number): Promise<PopularKey[]>;
}
