/** The contract of the bus: how processes learn what others did. It carries keys, stamps and times, never a value. */
import type { ExtendWrite } from '../tier.ts';
import type { Fence } from './fences.ts';
import type { Invalidation } from './invalidation.ts';

export interface Bus {
  /** Resolves when every process will hear of it, including those that are cut off now and come back. */
  announce(invalidation: Invalidation): Promise<void>;
  /** The same, for fences that were raised. */
  fenced(fences: readonly Fence[]): Promise<void>;
  /** Lets these bodies live longer in the memory of other processes. One that misses it reads them again. */
  extended(writes: readonly ExtendWrite[]): Promise<void>;
}
