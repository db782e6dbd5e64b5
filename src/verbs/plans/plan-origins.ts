/** What a plan says of each origin: its calls, how long they take under its budget, and what else uses that. */

import type { z } from 'zod';
import type { LedgerState } from '../../budget/ledger.ts';
import { type Budget, perSecondOf, rateText } from '../../core/budget.ts';
import type { Estimate } from '../../core/estimate.ts';
import { HOUR_MS } from '../../core/units.ts';
import { callTime, type PresentBudget } from '../../policy/call-time.ts';
import { sumOf } from '../../policy/estimate.ts';
import {
  callsOf,
  type OriginOfPlan,
  type PlanTimes,
  plannedCalls,
  rounded,
  timeOfOrigin,
} from '../../warming/planning/plan-figures.ts';
import type { CountedWindow } from '../../warming/planning/present-budget.ts';
import type { plannedOrigin } from './plan-shapes.ts';

/** `timeout`: of one call, in ms. */
export function planOfOrigin(
  of: OriginOfPlan,
  timeout: number,
  times: PlanTimes,
): z.infer<typeof plannedOrigin> {
  const { origin, budget, state, sources } = of;
  const { present, time, isSeen } = timeOfOrigin(of, times);
  const calls = sumOf(sources.map(callsOf));
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
    atMost: isSeen ? null : atMostOf(of, timeout, present),
  };
}

function atMostOf({ sources, budget }: OriginOfPlan, timeout: number, present: PresentBudget): number {
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
