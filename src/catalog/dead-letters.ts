/**
 * The contract of dead letters: keys whose every attempt failed, kept so that a person can see why and queue them
 * again. A key has one dead letter, however often it fails; only the newest are kept.
 */
import type { Place } from '../core/place.ts';

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
  /** The latest of a key replaces the earlier one and adds to its attempts. Adding the same one again changes nothing. */
  add(lost: readonly LostKey[]): Promise<void>;
  /** Newest first; those after a place, where one is given. */
  list(limit: number, after?: Place): Promise<DeadLetter[]>;
  total(): Promise<number>;
  /** Those with these ids, each once; unknown ids are left out. */
  get(ids: readonly string[]): Promise<DeadLetter[]>;
  /** Removes them as they were read: one whose key has failed again since then stays. */
  remove(letters: readonly DeadLetter[]): Promise<void>;
}
