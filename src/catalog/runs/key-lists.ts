/**
 * The contract of key lists: keys that somebody named, in a list that is too long for the record of a run. A list is written before
 * its run exists and goes by itself, unless it is kept: so a caller that dies in between leaves nothing behind. The run is
 * planned from it, and then it is forgotten.
 */
import type { Params } from '../../core/source.ts';

export interface KeyPage {
  readonly source: string;
  readonly keys: readonly string[];
  /** What keys cannot give back: see `paramsBeyondKey`. */
  readonly params: ReadonlyMap<string, Params>;
}

/** How long a list stays that nobody keeps, in ms. */
export const UNKEPT_MS = 3_600_000;

/** A list is named by its run and a name of its own, since two callers may make the same run. */
export interface KeyLists {
  write(run: string, list: string, pages: readonly KeyPage[]): Promise<void>;
  /** The list stays until it is forgotten. */
  keep(run: string, list: string): Promise<void>;
  /** Undefined when there is no such page. */
  page(run: string, list: string, page: number): Promise<KeyPage | undefined>;
  forget(run: string, list: string): Promise<void>;
}
