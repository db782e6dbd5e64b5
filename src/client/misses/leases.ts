/** The contract of leases: which of all processes fetches a key for its readers, while the others wait for the value. */

/** `taken`: it is ours. `held`: another process fetches it now. `backing-off`: a fetch of it failed a moment ago. */
export type LeaseState = 'taken' | 'held' | 'backing-off';

/** Every method rejects with `E_REDIS_UNAVAILABLE` when Redis does not reply within a moment, and is idempotent. */
export interface Leases {
  /** Whether it makes sense to ask at all. */
  reachable(): boolean;
  /** Takes what is free, for `ms` milliseconds. Returns one state per key, in order. */
  take(source: string, keys: readonly string[], ms: number): Promise<LeaseState[]>;
  /** Prolongs those that are still ours: they end in `ms` milliseconds. */
  keep(source: string, keys: readonly string[], ms: number): Promise<void>;
  /** Ends those that are ours: they are free. */
  release(source: string, keys: readonly string[]): Promise<void>;
  /** Ends those that are ours; no process can take them for `ms` milliseconds. */
  backOff(source: string, keys: readonly string[], ms: number): Promise<void>;
  /** Returns for each key whether it was not marked yet, by any process, within the last `ms` milliseconds. Not idempotent. */
  mark(source: string, keys: readonly string[], ms: number): Promise<boolean[]>;
}
