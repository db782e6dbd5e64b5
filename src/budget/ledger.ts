/**
 * The budget: what each origin allows, counted once for every process.
 *
 * All that calls an origin (warming, version probes, benchmarks) first takes a permit from the `Ledger`, and releases it with
 * a report of how the call went. `RedisLedger` counts on the jobs Redis, for all processes together; `LocalLedger` counts for
 * one process alone, with a share of the budget, while that Redis is away.
 *
 *     permit() ──> PermitQueue ──exchange──> script on Redis ──grant──> PermitQueue ──> permit
 *                  one per origin            limits, holders,           now, or at its
 *                                            next start, pause          scheduled start
 *                                            windows, quota, shares
 *
 * Limits adapt: a "slow down" lowers them for all processes, and they grow back (`policy/limit.ts`, `redis-limit-keeper.ts`).
 * Users of a budget (live misses, temperatures, runs) have shares of it while they compete, and all of it while they do not.
 *
 * What must stay true:
 *
 * - The calls in flight at an origin never exceed its concurrency, nor their starts its rate, whatever the number of
 *   processes, also after a crash, a lost reply or a restart of Redis.
 * - All that a process reports is absolute (permits in use, its limits, totals of its calls), so that an exchange that
 *   Redis executes twice, or an hour late, leaves the same record.
 * - The limits are part of the ledger's state. A process declares what it has configured; what holds is decided in one
 *   place, the script, and comes back with each grant.
 * - A process that dies gives everything back when its lease ends, and a lease is longer than any call.
 */
import type { BudgetUser } from '../core/budget.ts';
import type { Stamp } from '../core/entry.ts';
import type { OriginError, OriginErrorClass } from '../core/errors.ts';
import type { CountedCalls, WindowUse } from './window-use.ts';

/**
 * How a call went, as far as it says something of the origin's load. `ok`: the origin answered, even if it refused;
 * `throttled`: it asked for fewer calls; `failed`: it gave no answer, or one that says it is in trouble.
 */
export interface CallReport {
  readonly outcome: 'ok' | 'throttled' | 'failed';
  /** What it is counted as besides. */
  readonly apart?: CallApart | undefined;
  /** How long it took. */
  readonly ms: number;
  /** Calls of one kind take about as long as each other; see `kindOfCall`. */
  readonly kind?: string;
}

/**
 * Calls that are counted apart. Of those that are `ok`: `absent`, the origin has none of the values; `refused`, it answered with an
 * error that has nothing to do with its load. Of those that `failed`: `unanswered`, no response came.
 */
export const CALLS_APART = ['absent', 'refused', 'unanswered'] as const;
export type CallApart = (typeof CALLS_APART)[number];

/** A record of all that is counted apart. */
export function countedApart<T>(of: (kind: CallApart) => T): Record<CallApart, T> {
  return Object.fromEntries(CALLS_APART.map((kind) => [kind, of(kind)])) as Record<CallApart, T>;
}

/** What a failure says of the origin's load. */
export const CALL_OUTCOMES = {
  throttled: 'throttled',
  retryable: 'failed',
  permanent: 'ok',
} as const satisfies Record<OriginErrorClass, CallReport['outcome']>;

/** As what a failure is counted besides. */
export function apartOf({ class: kind, answered }: OriginError): CallApart | undefined {
  if (kind === 'permanent') return 'refused';
  return kind === 'retryable' && !answered ? 'unanswered' : undefined;
}

/** Calls by outcome, and the time they took together. */
export interface CallTotals {
  readonly ok: number;
  readonly throttled: number;
  readonly failed: number;
  readonly ms: number;
  readonly by: Readonly<Record<BudgetUser, number>>;
  readonly apart: Readonly<Record<CallApart, number>>;
}

/** What an origin allows, as the ledger reckons. */
export interface Limits {
  readonly concurrency: number;
  /** Between the starts of two calls; 0 without a rate. */
  readonly intervalMs: number;
}

/** What an origin said is left of its quota. */
export interface Quota {
  readonly remaining: number;
  /** Until there is more, in ms from now. */
  readonly resetMs: number;
}

/** Limits that were lowered since the origin said "slow down". */
export interface Lowered {
  /** Ms since the epoch: when they were lowered first, and last. */
  readonly since: number;
  readonly cutAt: number;
  /** Why they were lowered last, for people. */
  readonly reason: string;
}

export interface Permit {
  /** When the call begins, on the ledger's clock: the stamp of what it fetches. */
  readonly stamp: Stamp;
  /** The call has ended; without a report, none was made. Idempotent: the first release counts. */
  release(report?: CallReport): void;
}

/** Why an origin is paused: it asked for fewer calls, or calls for different keys had no answer. */
export type PauseCause = 'throttled' | 'outage';

/** An origin did not answer, and has not since. */
export interface Outage {
  /** Ms since the epoch: when it was paused for that first. */
  readonly since: number;
  /** How the last call failed before it was paused, for people. */
  readonly reason: string;
}

export interface LedgerState {
  readonly origin: string;
  readonly inFlight: number;
  readonly processes: number;
  /** No permit before this time (ms since the epoch), 0 when not paused. */
  readonly pausedUntil: number;
  readonly pauseReason: string;
  /** The holder that paused it; empty when not paused, and where there is but one. */
  readonly pausedBy: string;
  /** Undefined while the origin answers. With no pause any more, the next calls find out whether it does. */
  readonly outage: Outage | undefined;
  /** What holds: the strictest that any live process has configured, or less while it is lowered. */
  readonly limits: Limits;
  /** Undefined while the configured limits hold. */
  readonly lowered: Lowered | undefined;
  /** What the origin last said, less what was permitted since; undefined when it says nothing, or its time is over. */
  readonly quota: { readonly left: number; readonly resetAt: number } | undefined;
  /** So many of what is left of the quota may be spent at once; the others are spent evenly until its reset. 0 without a quota. */
  readonly freely: number;
  /** Calls that count in the longer windows, by when they do no more. */
  readonly counted: readonly CountedCalls[];
  /** Each of these windows as a whole. */
  readonly windows: readonly WindowUse[];
  /** Of the processes that the ledger has heard of lately, each since it started. */
  readonly calls: CallTotals;
  /** Calls that are wanted now and may not begin yet, by user, of all processes. */
  readonly waiting: Readonly<Record<BudgetUser, number>>;
  /** Calls by hour (ms since the epoch, when it began), oldest first; of the last `USED_HOURS`. */
  readonly used: readonly BudgetHour[];
}

/** For how many hours it is kept who used how much. */
export const USED_HOURS = 48;

export interface BudgetHour {
  readonly hour: number;
  readonly by: Readonly<Record<BudgetUser, number>>;
  /** Of these calls, those that the origin answered with "slow down", and those without an answer or with one that tells of trouble. */
  readonly throttled: number;
  readonly failed: number;
  readonly apart: Readonly<Record<CallApart, number>>;
  /** How long these calls took together. */
  readonly ms: number;
}

export interface Ledger {
  /**
   * Waits for one permit. Rejects with `BudgetDeferredError` when the rate or a pause allows none within the ledger's
   * patience, and with the signal's reason once it aborts. `run` is the user when it is not said who asks.
   */
  permit(origin: string, signal: AbortSignal, user?: BudgetUser): Promise<Permit>;
  /** No process calls this origin before `until` (ms since the epoch). A shorter pause never cuts a longer one. */
  pause(origin: string, until: number, reason: string, cause?: PauseCause): Promise<void>;
  /** The origin said what is left. From then on it is called no faster than that allows. */
  told(origin: string, quota: Quota): void;
  /** A stamp of now, above all that this origin has given: for invalidations. */
  stamp(origin: string): Promise<Stamp>;
  state(origin: string): Promise<LedgerState>;
  /** Gives everything back, and refuses the callers that wait with `E_TIER_CLOSED`. */
  close(): Promise<void>;
}
