import type { Head, Stamp, Times } from './entry.ts';

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

/** Whether an entry is past everything, tombstones included: nothing is lost when it is removed. */
export function isGone({ goneAt }: Pick<Times, 'goneAt'>, now: number): boolean {
  return now >= goneAt;
}

/** The one judge of freshness; tiers never judge. */
export function freshnessAt(times: Times, now: number): Freshness {
  if (isGone(times, now)) return 'gone';
  if (now >= times.staleAt) return 'stale';
  return now >= times.dueAt ? 'due' : 'fresh';
}

/** What a reader may make of what is stored: nothing at all, and a tombstone, are as good as gone. */
export function servableAt(head: Head | undefined, now: number): Freshness {
  return head === undefined || head.kind === 'dropped' ? 'gone' : freshnessAt(head, now);
}

/** Whether a reader may be given it: a value or a remembered absence, fresh, due or stale. */
export function isServable(head: Head | undefined, now: number): head is Head {
  return servableAt(head, now) !== 'gone';
}

/** Whether an entry of that freshness is warm: a reader gets a value that is not past its ttl. */
export function isWarm(freshness: Freshness): boolean {
  return freshness === 'fresh' || freshness === 'due';
}

/** For how long a value goes on within its ttl once it is due, in ms. */
export function leadOf({ ttl, refreshAhead }: Pick<Lifetime, 'ttl' | 'refreshAhead'>): number {
  return Math.round(ttl * (1 - refreshAhead));
}

/**
 * The times of a value that was fetched, or confirmed by the origin, at `checkedAt`. `shortened`: the share of its ttl, from 0 to 1, by
 * which it is due and stale earlier, so that what was fetched together does not age together; when it is gone stays.
 */
export function timesFrom(
  { ttl, refreshAhead, grace }: Lifetime,
  checkedAt: number,
  { fetchedAt = checkedAt, shortened = 0 }: { readonly fetchedAt?: number; readonly shortened?: number } = {},
): Times {
  const fresh = Math.max(1, Math.round(ttl * (1 - shortened)));
  return {
    fetchedAt,
    checkedAt,
    dueAt: checkedAt + Math.round(fresh * refreshAhead),
    staleAt: checkedAt + fresh,
    goneAt: checkedAt + ttl + grace,
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
