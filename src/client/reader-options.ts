import type { InvalidationMode } from '../core/invalidation-mode.ts';
/** Options of a read and of an invalidation. */

export interface ReadOptions {
  /** Ends the wait: the call rejects with the signal's reason. What it waited for goes on for others. */
  readonly signal?: AbortSignal;
  /** Reads only the tiers of this host, memory and disk, and takes what they have. */
  readonly offline?: boolean;
}

export interface InvalidateOptions {
  /** `stale` serves the old value until there is a new one; `drop` removes it. Absent: `drop`. */
  readonly mode?: InvalidationMode;
  readonly signal?: AbortSignal;
}
