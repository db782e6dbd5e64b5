/**
 * The contract of repairs: which keys a tier missed while it failed, to be written to it from the other tiers once it
 * works again.
 */
import type { Tier } from '../tier.ts';

/** The tier that missed something. Its reach says who shares it: everyone, the processes of a host, or nobody. */
export type RepairTarget = Pick<Tier, 'name' | 'traits'>;

export interface MissedWrite {
  readonly key: string;
  /** Changes each time the key is noted, so that a repair does not strike out what was missed after it. */
  readonly mark: number;
}

export interface Repairs {
  /** Never rejects for want of a store: what cannot be kept safely is kept as well as it can be. */
  note(tier: RepairTarget, keys: readonly string[]): Promise<void>;
  /** Up to `limit` notes, the oldest first. They stay until they are `done`. */
  take(tier: RepairTarget, limit: number): Promise<MissedWrite[]>;
  /** Strikes these out, but for keys that were noted again since they were taken. */
  done(tier: RepairTarget, notes: readonly MissedWrite[]): Promise<void>;
  left(tier: RepairTarget): Promise<number>;
}
