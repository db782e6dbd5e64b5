/** Keys that a selection yields, a page at a time. */
import type { Params, Source } from '../core/source.ts';

export interface SelectedKeys {
  readonly source: Source;
  readonly keys: readonly string[];
  /** What keys cannot give back, of those that were made of rows: see `paramsBeyondKey`. */
  readonly params: ReadonlyMap<string, Params>;
  /** Rows that should give a key of this source, and lack a value for it: they are not warm, whatever is stored. */
  readonly unkeyed: number;
}
