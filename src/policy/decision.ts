/** What a key needs: a pure function of why somebody wants it warm, and of how fresh it is. */
import type { Head } from '../core/entry.ts';
import { type Freshness, freshnessAt, type Lifetime } from '../core/freshness.ts';

/** Why a key is wanted. */
export const WARM_REASONS = ['due', 'read', 'run', 'missing', 'ahead', 'force'] as const;

/**
 * - `due`: the catalog says that it is due.
 * - `read`: a reader did not find it.
 * - `run`: it belongs to a run's selection.
 * - `missing`: the same, of a run that leaves alone what can be served, stale or not.
 * - `ahead`: a planner wants it refreshed now, although it may not be due yet.
 * - `force`: somebody asked for a new value, whatever there is.
 */
export type WarmReason = (typeof WARM_REASONS)[number];

export interface WarmOptions {
  readonly reason: WarmReason;
  /** What the origin confirmed at or after this time (ms, of its ledger's clock) is this piece of work's own doing. 0: nothing is. */
  readonly since: number;
}

/** What to do about a key: ask the origin, or nothing, since it ended already. */
export type Decision = 'fetch' | 'already-warm' | 'absent' | 'excluded' | 'warmed' | 'unchanged';

type ByFreshness = Readonly<Record<Freshness | 'none', 'fetch' | 'already-warm' | 'excluded'>>;

const UNLESS_FRESH: ByFreshness = {
  none: 'fetch',
  gone: 'fetch',
  stale: 'fetch',
  due: 'fetch',
  fresh: 'already-warm',
};
const ALWAYS: ByFreshness = { none: 'fetch', gone: 'fetch', stale: 'fetch', due: 'fetch', fresh: 'fetch' };
const UNLESS_SERVABLE: ByFreshness = {
  none: 'fetch',
  gone: 'fetch',
  stale: 'excluded',
  due: 'already-warm',
  fresh: 'already-warm',
};

/** `none`: nothing is stored, or a tombstone. */
const DECISIONS: Readonly<Record<WarmReason, ByFreshness>> = {
  due: UNLESS_FRESH,
  read: UNLESS_FRESH,
  run: UNLESS_FRESH,
  missing: UNLESS_SERVABLE,
  ahead: ALWAYS,
  force: ALWAYS,
};

/**
 * Decides about one key from the newest head that the shared and durable tiers hold. Work that was done before a crash
 * is recognised by its times, so doing a chunk again costs the origin nothing.
 */
export function decide(head: Head | undefined, now: number, { reason, since }: WarmOptions): Decision {
  if (head === undefined || head.kind === 'dropped') return DECISIONS[reason].none;
  const freshness = freshnessAt(head, now);
  if (freshness === 'fresh' && since > 0 && head.checkedAt >= since) {
    return head.kind === 'absent' ? 'absent' : head.checkedAt > head.fetchedAt ? 'unchanged' : 'warmed';
  }
  const decision = DECISIONS[reason][freshness];
  return decision === 'already-warm' && head.kind === 'absent' ? 'absent' : decision;
}

/** Why a run wants its keys. Missing only wins over force: what can be served is left alone. */
export function reasonOfRun({
  force,
  missing,
}: {
  readonly force: boolean;
  readonly missing: boolean;
}): WarmReason {
  if (missing) return 'missing';
  return force ? 'force' : 'run';
}

/** When a key whose attempt did not succeed is next due: a tenth of its ttl later, from 5 seconds to 10 minutes. */
export function dueAfterFailure(lifetime: Lifetime, now: number): number {
  return now + Math.min(Math.max(lifetime.ttl / 10, 5_000), 600_000);
}
