/** Reads on their way, and what is done about those that no tier can answer. */
import type { Params, Source } from '../core/source.ts';
import type { View } from './near.ts';

/** A read that waits: one for all who ask for the key at the same time. */
export interface Wanted {
  readonly key: string;
  readonly source: Source;
  /** Where they are known: of a key that holds a hash they cannot be read back. */
  readonly params: Params | undefined;
  /** What there is to give out should nothing better come. */
  readonly stale: View | undefined;
  /** Ends the wait. Twice is fine: the first one counts. */
  readonly answer: (view: View | undefined) => void;
}

/** What happens beyond the tiers. Nothing here is waited for but through `Wanted.answer`. */
export interface Beyond {
  /** The tiers have nothing fresh for these; each is answered some time. */
  miss(source: Source, wanted: readonly Wanted[]): void;
  /** These are fresh, but due: somebody should refresh them. */
  due(source: Source, keys: readonly string[]): void;
}
