/**
 * Settling: the one place that writes how an attempt at a key ended, and when the key is due again.
 *
 * Where due times live. A key's due time stands in two places, and they answer different questions:
 * - The head of its entry has `dueAt`, made of the time of the fetch, the ttl and refresh-ahead. It is part of the value,
 *   the same in every tier, and decides how fresh the value is. Nothing moves it but a new value, an extension or an
 *   invalidation.
 * - The catalog has the time at which somebody should look at the key again. After a success that is the head's `dueAt`;
 *   after a failure a tenth of the ttl; while a job has the key, ten minutes (`claim`, and a run's planner); after an
 *   invalidation now.
 *
 * The head decides and the catalog reminds: a catalog that is wrong costs one survey, or a delay of ten minutes, and never
 * a wrong value. So it is written after the tiers, and what is lost in a crash in between comes due by itself.
 *
 * The result writer ends keys here, a run's chunk fails keys here after their last try, and a refresh settles here what it
 * could not fetch. Invalidation and the planner move due times of keys whose attempt has not ended: those are
 * `reschedule` and `track` of the catalog.
 */
import type { Attempts, FailedAttempt } from '../catalog/attempts.ts';
import type { Catalog, Settlement } from '../catalog/catalog.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Lifetime } from '../core/freshness.ts';
import type { Outcome } from '../core/outcome.ts';
import { dueAfterFailure } from '../policy/decision.ts';
import type { Ended } from './warm-task.ts';

export interface SettlementDeps {
  readonly catalog: Pick<Catalog, 'settle'>;
  readonly failedAttempts: Pick<Attempts, 'note'>;
  readonly registry: Pick<Registry, 'count'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** How an attempt at a key ended. */
export type KeyEnd = Omit<Ended, 'index'> & { readonly key: string };

/** Whose keys end, and for which run. */
export interface KeyOwner {
  readonly source: string;
  /** Undefined when the source is not configured any more. */
  readonly lifetime: Lifetime | undefined;
  readonly run: string | undefined;
}

/** When keys of a source that is not configured any more are next due, in ms; `gc` forgets them before. */
const ORPHAN_DUE_MS = 3_600_000;

/**
 * Ends keys: settles them, has `record` note them where outcomes are kept, counts them and reports them. All of it may be
 * done again after a crash.
 */
export async function endKeys(
  deps: SettlementDeps,
  owner: KeyOwner,
  ends: readonly KeyEnd[],
  record: () => Promise<unknown>,
): Promise<void> {
  if (ends.length === 0) return;
  const { source, run } = owner;
  const about = run === undefined ? { source } : { source, run };
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { key, outcome, reason, rule } of ends) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (rule !== undefined) deps.events.emit('key:refused', { source, key, rule, reason });
    else if (outcome === 'failed') deps.events.emit('key:failed', { ...about, key, reason });
  }
  await Promise.all([settleKeys(deps, owner, ends), deps.registry.count(source, outcomes), record()]);
  deps.events.emit('keys:ended', { ...about, outcomes });
}

/** Writes ends into the catalog, and nothing else. A key that has no due time and did not fail keeps the one it has. */
export async function settleKeys(
  { catalog, clock, failedAttempts }: Pick<SettlementDeps, 'catalog' | 'clock' | 'failedAttempts'>,
  { source, lifetime, run }: KeyOwner,
  ends: readonly KeyEnd[],
): Promise<void> {
  const at = clock.now();
  const dueAtFailure = lifetime === undefined ? at + ORPHAN_DUE_MS : dueAfterFailure(lifetime, at);
  const settlements: Settlement[] = [];
  const attempts: FailedAttempt[] = [];
  for (const { key, outcome, reason, dueAt, since, blameless } of ends) {
    if (outcome === 'refused' || outcome === 'failed') {
      attempts.push({ key, outcome, reason, at, run });
      settlements.push({
        key,
        dueAt: dueAtFailure,
        failure: { outcome, reason, at, blameless },
        ...attemptOf(since, at),
      });
    } else if (dueAt !== undefined) {
      settlements.push({ key, dueAt, ...attemptOf(since, at) });
    }
  }
  await Promise.all([catalog.settle(source, settlements), noteAttempts(failedAttempts, source, attempts)]);
}

/** For people who ask later: that it cannot be noted must not cost what ended. */
export async function noteAttempts(
  failedAttempts: SettlementDeps['failedAttempts'],
  source: string,
  attempts: readonly FailedAttempt[],
): Promise<void> {
  if (attempts.length > 0) await failedAttempts.note(source, attempts).catch(() => undefined);
}

function attemptOf(began: number | undefined, ended: number): Pick<Settlement, 'attempt'> {
  return began === undefined ? {} : { attempt: { began, ended } };
}
