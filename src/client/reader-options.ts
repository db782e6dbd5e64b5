/** How a read or an invalidation is asked for. */

export interface ReadOptions {
  /** Gives up waiting: the call rejects with the signal's reason. What it waited for goes on for others. */
  readonly signal?: AbortSignal;
  /** Asks only the tiers of this host, memory and disk, and takes what they have. */
  readonly offline?: boolean;
}

export interface InvalidateOptions {
  /** `stale` serves the old value until the new one lands; `drop` forgets it. Absent: `drop`. */
  readonly mode?: 'stale' | 'drop';
  readonly signal?: AbortSignal;
}
