/** The contract of popularity: how often keys are read, as readers report it. It counts, and decides nothing. */

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

export interface Popularity {
  /** Adds reads of a source's keys at a time (ms since the epoch). Statistics, which may count twice when a connection is lost. */
  count(source: string, reads: ReadonlyMap<string, number>, at: number): Promise<void>;
  /** One number per key, in order; 0 for keys that are rarely or never read. */
  of(source: string, keys: readonly string[], at: number): Promise<number[]>;
  /** The keys that are read most, the most read first. */
  top(source: string, limit: number, at: number): Promise<PopularKey[]>;
}
