/**
 * What has to be refreshed at a tick so that nothing goes stale before the next one: pure functions.
 *
 * A value that was fetched is due after `refreshAhead` of its ttl, and stale at the end of it; between the two lies its lead. A tick
 * refreshes what is due, and what would be stale before the next tick and a margin for the fetching itself. Where the schedule fires
 * seldom, such as at night, a value that is not due by then is stale before the next night.
 *
 * Between two ticks `recover` looks each minute at what cannot wait for the next one: what is missing, dropped, failed or stale,
 * and what would be stale before its own next look. What is merely due waits for the tick.
 */
import type { Lifetime } from '../core/freshness.ts';

/** No fetch needs more time than this, in ms: what takes longer is for the budget to solve. */
const LONGEST_MARGIN_MS = 300_000;

/** How long before its end a value is fetched at the latest, in ms: a fifth of its lead, so that hot values are not fetched twice. */
export function marginOf({ ttl, refreshAhead }: Lifetime): number {
  return Math.min((ttl * (1 - refreshAhead)) / 5, LONGEST_MARGIN_MS);
}

/**
 * The latest due time, in ms since the epoch, of values that would be stale before `next`. Of values whose ttl is shortened by
 * `spread`, a lead may be shorter by as much; those are taken a little early.
 */
export function dueBefore(next: number, lifetime: Lifetime, spread: number): number {
  const lead = lifetime.ttl * (1 - lifetime.refreshAhead) * (1 - spread);
  return next + marginOf(lifetime) - lead;
}

/** When `recover` has to fetch a value that ends at `staleAt`, if it looks every `every` ms. */
export function recoverAt(staleAt: number, lifetime: Lifetime, every: number): number {
  return staleAt - marginOf(lifetime) - every;
}
