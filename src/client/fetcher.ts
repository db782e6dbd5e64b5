/** The contract of fetching for a reader: the origin's values, judged, into the tiers. */
import type { Source } from '../core/source.ts';
import type { MissingKey } from './pending-read.ts';

export interface Fetcher {
  /**
   * Fetches inside the origin's budget, and stores what is good. Tells of keys as they are stored, or found to be fresh
   * already. Resolves when it is done with all; those that it did not tell of could not be had.
   */
  fetch(
    source: Source,
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
