/**
 * The contract of dead letters: keys whose every attempt failed, kept so that somebody can see why and queue them
 * again. A key has one letter, however often it fails; only the newest letters are kept.
 */

/** A key that was given up on. */
export interface LostKey {
  readonly source: string;
  readonly key: string;
  readonly run: string | undefined;
  /** Why the last attempt failed. */
  readonly reason: string;
  /** When it was given up on, ms since the epoch. */
  readonly at: number;
  readonly attempts: number;
}

export interface DeadLetter extends LostKey {
  /** Derived from source and key, so that the same key always has the same one. Letters, digits, `-` and `_`. */
  readonly id: string;
}

export interface DeadLetters {
  /** The latest letter of a key replaces the earlier one and carries its attempts on. Adding the same one again changes nothing. */
  add(lost: readonly LostKey[]): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<DeadLetter[]>;
  total(): Promise<number>;
  /**
   * Removes letters and answers them, so that their keys can be queued again; ids that are not there are left out. Two
   * callers at once may both get a letter: queueing a key twice does no harm, losing one would.
   */
  take(ids: readonly string[]): Promise<DeadLetter[]>;
}
