/** The contract of the bus: how processes learn what others did. It carries keys, stamps and times, never a value. */

import type { ExtendWrite } from '../tier.ts';
import type { Fence } from './fences.ts';
import type { Invalidation } from './invalidation.ts';

export interface Bus {
  /** Resolves when every process will come to know of it, also those that are cut off now and come back. */
  announce(invalidation: Invalidation): Promise<void>;
  /** The same, of fences that were raised. */
  fenced(fences: readonly Fence[]): Promise<void>;
  /** Tells processes that hold these bodies in memory that they live longer. Who misses it reads them again. */
  extended(writes: readonly ExtendWrite[]): Promise<void>;
}
