import type { Head } from '../core/entry.ts';
import { freshnessAt, isWarm, type Lifetime } from '../core/freshness.ts';
import type { Outcome } from '../core/outcome.ts';

export interface WarmOptions {
  /** Fetch also what is still fresh. */
  readonly force: boolean;
  /** Leave alone what has a servable value, stale or not. */
  readonly missing: boolean;
  /** What was confirmed by the origin at or after this time (ms) is this piece of work's own doing. 0 without one. */
  readonly since: number;
}

/** What to do about a key: nothing, since it ended already; or ask the origin. */
export type Decision = { readonly kind: 'ended'; readonly outcome: Outcome } | { readonly kind: 'fetch' };

const FETCH: Decision = { kind: 'fetch' };

/**
 * Decides about one key from the newest head that the shared and durable tiers hold. Work that was done before a crash
 * is recognised by its times, so doing a chunk again costs the origin nothing.
 */
export function decide(head: Head | undefined, now: number, wish: WarmOptions): Decision {
  if (head === undefined || head.kind === 'dropped') return FETCH;
  const freshness = freshnessAt(head, now);
  if (freshness === 'fresh' && wish.since > 0 && head.checkedAt >= wish.since) {
    return { kind: 'ended', outcome: head.checkedAt > head.fetchedAt ? 'unchanged' : 'warmed' };
  }
  if (wish.missing && freshness !== 'gone') {
    return { kind: 'ended', outcome: isWarm(freshness) ? 'already-warm' : 'excluded' };
  }
  return freshness === 'fresh' && !wish.force ? { kind: 'ended', outcome: 'already-warm' } : FETCH;
}

/** When a key whose attempt did not succeed is next due: a tenth of its ttl later, from 5 seconds to 10 minutes. */
export function dueAfterFailure(lifetime: Lifetime, now: number): number {
  return now + Math.min(Math.max(lifetime.ttl / 10, 5_000), 600_000);
}
