/** The contract of loading: getting values that no tier has into the tiers. */
import type { Stamp } from '../../core/entry.ts';
import type { Params, Source } from '../../core/source.ts';

/** A key that no tier has a usable value of. */
export interface MissingKey {
  readonly key: string;
  /** Where they are known: they cannot be read back from a key that holds a hash. */
  readonly params: Params | undefined;
  /** Only what has a higher stamp counts as loaded: the reader has this already. 0: it has nothing. */
  readonly newerThan: Stamp;
}

/** Why keys could not be loaded, in the origin's own words where it had some. */
export type LoadFailures = ReadonlyMap<string, string>;

/** Told of keys, in batches, as soon as they can be read from the tiers. */
export type OnLoaded = (keys: readonly string[]) => void;

export interface MissLoader {
  /**
   * Reports each key once, when it can be read. Resolves when it is done with all of them: to why those could not be loaded that
   * it did not report. What is to wait for (an origin that asks for patience) it waits for within the source's `hardDeadline`.
   * Rejects with `E_REDIS_UNAVAILABLE` when it cannot work without Redis, and when the signal aborts.
   */
  load(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<LoadFailures>;
}
