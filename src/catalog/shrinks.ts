/**
 * The contract of shrinks: since when a large part of a source's keys is in no entity set any more, as it seems, and how many such
 * keys were forgotten lately: a list that loses a little at each look has lost much after some looks.
 */

/** What counts as lately, in ms. */
export const FORGOTTEN_LATELY_MS = 3_600_000;
/** How far apart the two looks are after which a large part of a source is forgotten, in ms. */
export const SECOND_LOOK_MS = 10 * 60_000;

export interface Shrink {
  /** Ms since the epoch. */
  readonly since: number;
  /** Keys in no entity set. */
  readonly missing: number;
  /** Keys of the source that are kept warm, those included. */
  readonly keys: number;
}

export interface Shrinks {
  /** Notes that it is so, unless that is noted already; returns what is noted. */
  note(source: string, shrink: Shrink): Promise<Shrink>;
  /** What is noted. */
  noted(source: string): Promise<Shrink | undefined>;
  /** It is not so any more. */
  forget(source: string): Promise<void>;
  /** Counts keys that are forgotten because no entity set has them. */
  count(source: string, keys: number, now: number): Promise<void>;
  /** How many were counted lately. */
  lately(source: string, now: number): Promise<number>;
}
