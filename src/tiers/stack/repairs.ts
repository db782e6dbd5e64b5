/**
 * The contract of repairs: the writes that a tier missed while it failed, remembered until they are made up for from the
 * other tiers. Only keys are kept, never values: a repair reads the newest entry where it is.
 *
 * A write through the stack, and a fill, record what a failed tier missed; `repair.ts` lists it, writes it, and removes it.
 */
import type { Tier } from '../tier.ts';

/** The tier that missed something. Its reach says who shares it: everyone, the processes of a host, or this process alone. */
export type RepairTarget = Pick<Tier, 'name' | 'traits'>;

export interface MissedWrite {
  readonly key: string;
  /** Rises each time the key is missed again, so that a repair does not remove what was missed after it was listed. */
  readonly version: number;
}

export interface Repairs {
  /**
   * Returns whether that outlives this process. Never rejects because a store is away: what cannot be kept safely is kept as well as
   * it can be.
   */
  record(tier: RepairTarget, keys: readonly string[]): Promise<boolean>;
  /**
   * Says that this process is about to write these keys to the tier; it calls what comes back when it has, or when what the tier missed
   * is recorded so that it outlives the process. Should it end before, they count as missed after a while. Never rejects: where it
   * cannot be said, it is not.
   */
  announce(tier: RepairTarget, keys: readonly string[]): Promise<() => Promise<void>>;
  /** Up to `limit` missed writes, the oldest first. They stay until they are removed. */
  list(tier: RepairTarget, limit: number): Promise<MissedWrite[]>;
  /** Removes these, except for keys that were recorded again since they were listed. */
  remove(tier: RepairTarget, missed: readonly MissedWrite[]): Promise<void>;
  count(tier: RepairTarget): Promise<number>;
}
