/** The contract of leases: which reader of all processes fetches a key, while the others wait for what it brings. */

/** `taken`: it is ours. `held`: another fetches it now. `resting`: a fetch of it failed a moment ago. */
export type LeaseAnswer = 'taken' | 'held' | 'resting';

/** Every method rejects with `E_REDIS_UNAVAILABLE` when there is no answer within a moment. */
export interface Leases {
  /** Whether it makes sense to ask at all. */
  reachable(): boolean;
  /** For `ms` milliseconds; one answer per key, in order. */
  take(source: string, keys: readonly string[], ms: number): Promise<LeaseAnswer[]>;
  /** Prolongs those that are still ours. */
  keep(source: string, keys: readonly string[], ms: number): Promise<void>;
  release(source: string, keys: readonly string[]): Promise<void>;
  /** Ends those that are ours, and lets nobody take them for `ms` milliseconds. */
  rest(source: string, keys: readonly string[], ms: number): Promise<void>;
  /** Of each key whether nobody else has marked it within the last `ms` milliseconds. */
  mark(source: string, keys: readonly string[], ms: number): Promise<boolean[]>;
}
