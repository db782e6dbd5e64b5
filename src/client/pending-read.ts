/** Reads on their way, and what is done about those that no tier can answer. */
import type { Params, Source } from '../core/source.ts';
import type { DecodedValue } from './memory-reads.ts';

/** A read that waits: one for all who ask for the key in the same turn. */
export interface PendingRead {
  readonly key: string;
  /** Where they are known: of a key that holds a hash they cannot be read back. */
  readonly params: Params | undefined;
  /** What there is to give out should nothing better come. */
  readonly stale: DecodedValue | undefined;
  /** Ends the wait. Twice is fine: the first one counts. */
  readonly answer: (view: DecodedValue | undefined) => void;
}

/** What happens beyond the tiers. Nothing here is waited for but through `Wanted.answer`. */
export interface MissHandler {
  /** The tiers have nothing fresh for these; each is answered some time. */
  miss(source: Source, wanted: readonly PendingRead[]): void;
  /** These are fresh, but due: somebody should refresh them. */
  due(source: Source, keys: readonly string[]): void;
}

/** A key that is to be brought into the tiers. */
export interface MissingKey {
  readonly key: string;
  readonly params: Params | undefined;
}

/** A way to bring values into the tiers. */
export interface MissLoader {
  /**
   * Tells of keys as soon as they can be read. Resolves when it is done with all of them, those included that it could
   * not bring. Rejects with `E_REDIS_UNAVAILABLE` when it cannot work without that.
   */
  load(
    source: Source,
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
