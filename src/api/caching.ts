/** How long a client may keep using a value that it has read, in terms of HTTP caching (RFC 9111, RFC 5861). */
import type { HeadView } from '../verbs/entries.ts';

export interface CachePolicy {
  /** The longest that a response may be used without asking again, in ms. Undefined: as long as its times allow. */
  readonly maxAge: number | undefined;
  /** Callers send tokens: what one of them may see must not enter a cache that others read. */
  readonly private: boolean;
}

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
  { checkedAt, staleAt, goneAt }: Pick<HeadView, 'checkedAt' | 'staleAt' | 'goneAt'>,
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

export function cacheHeaders(
  { age, maxAge, grace }: CacheTimes,
  policy: CachePolicy,
): Record<string, string> {
  const directives = [
    ...(policy.private ? ['private'] : []),
    `max-age=${maxAge}`,
    ...(grace > 0 ? [`stale-while-revalidate=${grace}`, `stale-if-error=${grace}`] : []),
  ];
  return { age: String(age), 'cache-control': directives.join(', ') };
}
