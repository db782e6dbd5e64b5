import type { Stamp, Times } from './entry.ts';

/** What an entry is at a time: fresh; fresh but past its refresh-ahead point; past its ttl but servable; past everything. */
export type Freshness = 'fresh' | 'due' | 'stale' | 'gone';

/** How long values of a source live, in milliseconds. */
export interface Lifetime {
  readonly ttl: number;
  /** The fraction of the ttl after which a value is due: 0.8 is at 80 %. */
  readonly refreshAhead: number;
  /** How long past its ttl a value may still be served. */
  readonly grace: number;
}

/** The one judge of freshness; tiers never judge. */
export function freshnessAt(times: Times, now: number): Freshness {
  if (now >= times.goneAt) return 'gone';
  if (now >= times.staleAt) return 'stale';
  return now >= times.dueAt ? 'due' : 'fresh';
}

/** Whether an entry of that freshness is warm: a reader gets a value that is not past its ttl. */
export function isWarm(freshness: Freshness): boolean {
  return freshness === 'fresh' || freshness === 'due';
}

/** The times of a value that was fetched, or confirmed by the origin, at `checkedAt`. */
export function timesFrom(lifetime: Lifetime, checkedAt: number, fetchedAt: number = checkedAt): Times {
  const staleAt = checkedAt + lifetime.ttl;
  return {
    fetchedAt,
    checkedAt,
    dueAt: checkedAt + Math.round(lifetime.ttl * lifetime.refreshAhead),
    staleAt,
    goneAt: staleAt + lifetime.grace,
  };
}

/** A stamp as wall-clock ms: when the value began to be fetched. */
export function timeOf(stamp: Stamp): number {
  return Math.floor(stamp / 1_000);
}

/**
 * The times of what is made stale: past its ttl since it was last confirmed, and so on every clock, and the same in every tier and
 * whatever else made it stale before.
 */
export function expired({ fetchedAt, checkedAt, goneAt }: Times): Times {
  return { fetchedAt, checkedAt, dueAt: checkedAt, staleAt: checkedAt, goneAt };
}

/** Whether an entry was made stale, and so may have a stamp that is not the one of its fetch. */
export function isMadeStale({ checkedAt, dueAt, staleAt }: Times): boolean {
  return dueAt === checkedAt && staleAt === checkedAt;
}
