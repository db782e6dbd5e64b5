/** What a plan says of each origin: its calls, how long they take under its budget, and what else uses that. */

import type { z } from 'zod';
import type { LedgerState } from '../../budget/ledger.ts';
import { type Budget, perSecondOf, rateText } from '../../core/budget.ts';
import type { Estimate } from '../../core/estimate.ts';
import { HOUR_MS } from '../../core/units.ts';
import { callTime, type PlannedCalls, type PresentBudget } from '../../policy/call-time.ts';
import { type CallFigures, exactly, scaled, sumOf } from '../../policy/estimate.ts';
import type { SourceCount } from '../../warming/planning/key-count.ts';
import { type CountedWindow, presentBudget } from '../../warming/planning/present-budget.ts';
import type { plannedOrigin } from './plan-shapes.ts';

/** A source of the plan, and what calls for it took; undefined where none was seen. */
export interface CountedSource {
  readonly count: SourceCount;
  readonly figures: CallFigures | undefined;
}

export interface OriginOfPlan {
  readonly origin: string;
  readonly budget: Budget;
  /** Of one call, in ms. */
  readonly timeout: number;
  /** Undefined where the ledger does not say. */
  readonly state: LedgerState | undefined;
  readonly sources: readonly CountedSource[];
}

/** At which time what is. */
export interface PlanTimes {
  readonly now: number;
  readonly startsAt: number;
}

/** Calls with the tries that were needed; what was never called is planned without. */
export function callsOf({ count, figures }: CountedSource): Estimate {
  return scaled(figures?.tries ?? exactly(1), Math.round(count.planned));
}

/** From the origin: of keys of which nothing is stored, and of those that it may say are unchanged. Undefined where no size was seen. */
export function bytesOf({ count, figures }: CountedSource): Estimate | undefined {
  if (Math.round(count.fetch) === 0) return exactly(0);
  const whole = figures?.wholeBytes ?? storedSize(count) ?? figures?.bodyBytes;
  // Of what was never renewed, nobody knows how much is unchanged.
  const renewed = figures?.renewedBytes ?? (whole && { ...whole, low: 0 });
  const parts = [
    { keys: count.fetch - count.renewed, perKey: whole },
    { keys: count.renewed, perKey: renewed },
  ].filter(({ keys }) => keys > 0);
  const bytes = parts.flatMap(({ keys, perKey }) => (perKey === undefined ? [] : scaled(perKey, keys)));
  return bytes.length < parts.length ? undefined : sumOf(bytes);
}

/** Of the bodies that are stored now. */
export function storedSize({ sizes, bytes, stored }: SourceCount): Estimate | undefined {
  const [low, high] = [sizes.quantile(0.1), sizes.quantile(0.9)];
  if (low === undefined || high === undefined || stored === 0) return undefined;
  const likely = bytes / stored;
  return { low: Math.min(low, likely), likely, high: Math.max(high, likely) };
}

export function planOfOrigin(of: OriginOfPlan, times: PlanTimes): z.infer<typeof plannedOrigin> {
  const { origin, budget, state, sources } = of;
  const present = presentBudget(budget, state, times.startsAt, times.now);
  const calls = sumOf(sources.map(callsOf));
  const isSeen = sources.every((source) => source.figures !== undefined || source.count.planned === 0);
  const time = callTime(
    sources.map((source) => plannedCalls(source, undefined)),
    budget,
    present,
  );
  return {
    origin,
    calls: rounded(calls),
    concurrency: budget.concurrency,
    rate: rateText(budget),
    present: state === undefined ? null : presentView(state, budget, present),
    // Shorter ones are full and empty again while one reads of them.
    windows: present.windows
      .filter(({ perMs }) => perMs >= HOUR_MS)
      .map((window) => windowView(window, calls)),
    others: Object.fromEntries(
      Object.entries(present.others.likely).map(([user, each]) => [user, Math.round(each)]),
    ),
    ...{ shortest: time.shortest, shortestNow: time.shortestNow },
    likely: isSeen ? time.likely : null,
    atMost: isSeen ? null : atMostOf(of, present),
  };
}

/** Where nothing was seen a call may take no time, or as long as its timeout. */
function plannedCalls(source: CountedSource, timeout: number | undefined): PlannedCalls {
  const calls = callsOf(source);
  const { figures } = source;
  if (figures !== undefined) return { ...figures, calls };
  const ms = timeout ?? 0;
  return { calls, meanMs: exactly(ms), fastestMs: ms, slowestMs: ms };
}

function atMostOf({ sources, budget, timeout }: OriginOfPlan, present: PresentBudget): number {
  const planned = sources.map((source) => plannedCalls(source, timeout));
  return callTime(planned, budget, present).likely.high;
}

function presentView(state: LedgerState, budget: Budget, { concurrency, intervalMs }: PresentBudget) {
  const { pausedUntil, pauseReason, lowered } = state;
  return {
    concurrency,
    perSecond: perSecondOf(budget, intervalMs),
    pausedUntil: pausedUntil === 0 ? null : pausedUntil,
    reason: pausedUntil === 0 ? (lowered?.reason ?? '') : pauseReason,
  };
}

function windowView({ window, calls, used, isCounted }: CountedWindow, takes: Estimate) {
  return { window, calls, used: isCounted ? used.likely : null, takes: rounded(takes) };
}

/** Whole things: never less than half of one away. */
export function rounded({ low, likely, high }: Estimate): Estimate {
  return { low: Math.floor(low), likely: Math.round(likely), high: Math.ceil(high) };
}
