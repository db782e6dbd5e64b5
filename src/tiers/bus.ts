/** The contract of the bus: how processes learn of invalidations. It carries keys and stamps, never a value. */
import type { Invalidation } from './invalidation.ts';

export interface Bus {
  /** Resolves when every process will come to know of it, also those that are cut off now and come back. */
  announce(invalidation: Invalidation): Promise<void>;
}
