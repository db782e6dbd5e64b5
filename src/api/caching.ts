/** How long a client may keep using a value that it has read, in terms of HTTP caching (RFC 9111, RFC 5861). */
import type { HeadView } from '../verbs/inspection-shapes.ts';

export const CACHE_SCOPES = ['private', 'public'] as const;

export interface CachePolicy {
  /** The longest that a response may be used without asking again, in ms. Undefined: as long as its times allow. */
  readonly maxAge: number | undefined;
  /** `private`: each client for itself. `public`: caches that many clients share, and no client without asking them. */
  readonly scope: (typeof CACHE_SCOPES)[number];
}

type Times = Pick<HeadView, 'checkedAt' | 'staleAt' | 'goneAt'>;

/** In whole seconds, as the headers carry them. */
export interface CacheTimes {
  /** Since the origin confirmed the value (RFC 9111, 5.1). */
  readonly age: number;
  /** Counted from then, too: the value is fresh while `age` is below it (RFC 9111, 4.2 and 5.2.2.1). */
  readonly maxAge: number;
  /** How long beyond `maxAge` it may be served while a newer one is fetched, or cannot be (RFC 5861, 3 and 4). */
  readonly grace: number;
}

/**
 * Until `staleAt` a value is fresh to its clients, and until `goneAt` it may be served stale. Every fraction of a second is rounded
 * towards asking again, so that a cache that keeps to these times never serves longer than Forewarm itself would.
 */
export function cacheTimes(
  { checkedAt, staleAt, goneAt }: Times,
  now: number,
  longest = Number.POSITIVE_INFINITY,
): CacheTimes {
  const freshUntil = Math.max(checkedAt, Math.min(staleAt, now + longest));
  const servedUntil = Math.max(freshUntil, Math.min(goneAt, now + longest));
  return {
    age: Math.max(0, Math.ceil((now - checkedAt) / 1_000)),
    maxAge: Math.floor((freshUntil - checkedAt) / 1_000),
    grace: Math.floor((servedUntil - freshUntil) / 1_000),
  };
}

/** What shared caches may do, in whole seconds from when they get the answer. */
export interface SharedTimes {
  readonly fresh: number;
  /** Beyond `fresh`, while nobody answers. */
  readonly onError: number;
}

/**
 * Counted from now and not from the origin's answer, since many a shared cache does not look at `Age`. They count in whole
 * seconds of their own clock, and so keep what they may keep for a second up to nearly two: one is taken off. A stale value is
 * kept for a second at a time, so that it does not all fall back on us; one that is about to be gone is not kept at all.
 */
export function sharedTimes(
  { staleAt, goneAt }: Times,
  now: number,
  longest = Number.POSITIVE_INFINITY,
): SharedTimes {
  const secondsTo = (time: number) => Math.max(0, Math.floor(Math.min(time - now, longest) / 1_000) - 1);
  const served = secondsTo(goneAt);
  const fresh = Math.min(served, Math.max(1, secondsTo(staleAt)));
  return { fresh, onError: served - fresh };
}

export function cacheHeaders(
  head: Times,
  now: number,
  { scope, maxAge: longest }: CachePolicy,
): Record<string, string> {
  if (scope === 'public') return sharedHeaders(sharedTimes(head, now, longest));
  const { age, maxAge, grace } = cacheTimes(head, now, longest);
  const directives = [
    'private',
    `max-age=${maxAge}`,
    ...(grace > 0 ? [`stale-while-revalidate=${grace}`, `stale-if-error=${grace}`] : []),
  ];
  return { age: String(age), 'cache-control': directives.join(', ') };
}

/** Whether "not modified" does no harm: a shared cache that is told to keep nothing renews what it has for as long as before. */
export function mayRenew(head: Times, now: number, { scope, maxAge }: CachePolicy): boolean {
  return scope === 'private' || sharedTimes(head, now, maxAge).fresh > 0;
}

/**
 * `max-age=0`: what a client gets from a shared cache may be nearly as old as that keeps it, and not every one says so. No time
 * to revalidate is said to be none: Varnish takes ten seconds where nothing is said.
 */
function sharedHeaders({ fresh, onError }: SharedTimes): Record<string, string> {
  const directives = [
    'public',
    'max-age=0',
    `s-maxage=${fresh}`,
    'stale-while-revalidate=0',
    `stale-if-error=${onError}`,
  ];
  return { 'cache-control': directives.join(', ') };
}
