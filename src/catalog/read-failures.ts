/**
 * Why reads could not have their keys fetched, for those who ask later. Unlike the failures in the catalog these are of any key that
 * somebody read, tracked or not, and move no due time: a reader that cannot reach an origin must not keep the workers from it.
 */

export interface ReadFailure {
  readonly reason: string;
  /** Ms since the epoch. */
  readonly at: number;
}

export interface ReadFailures {
  /** Reasons by key. Kept for about an hour, of the latest keys only. */
  note(source: string, reasons: ReadonlyMap<string, string>, at: number): Promise<void>;
  /** The last one of this key. Undefined: there was none, or it is not remembered any more. */
  of(source: string, key: string): Promise<ReadFailure | undefined>;
}
