/** Who used the budgets of origins: by hour and by user, beside what is allowed and what holds now. */
import { z } from 'zod';
import { byUser } from '../budget/call-counter.ts';
import {
  type BudgetHour,
  CALLS_APART,
  countedApart,
  type Ledger,
  type LedgerState,
  USED_HOURS,
} from '../budget/ledger.ts';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import {
  BUDGET_USERS,
  type Budget,
  configuredPerSecond,
  perSecondOf,
  ratesOf,
  rateText,
} from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import type { Sources } from '../core/sources.ts';
import { HOUR_MS, type Rate } from '../core/units.ts';
import { FORGOTTEN_AFTER_MS } from '../policy/limit.ts';
import { breakerOf, originBreaker } from './breaker.ts';
import { nameOf } from './runs/run-waits.ts';
import { time } from './shapes.ts';
import { unknownName } from './unknown-name.ts';

/** Hours that may be asked for. */
export const BUDGET_HOURS = USED_HOURS;

const countsByUser = z.record(z.enum(BUDGET_USERS), z.int());
const usage = {
  calls: z.int(),
  by: countsByUser.describe(
    'Calls by who used the budget: `live` are reads that waited, `hot`, `warm` and `cold` refreshes, `run` runs, probes and benchmarks.',
  ),
  throttled: z.int().describe('Calls that the origin answered with "slow down".'),
  failed: z
    .int()
    .describe('Calls that failed: no response came, or one that says that the origin is in trouble.'),
  apart: z
    .record(z.enum(CALLS_APART), z.int())
    .describe(
      'Counted apart: `absent`, the origin has none of the values; `refused`, it answered with an error that has nothing to do with load; `unanswered`, those that failed and no response came to. What is neither throttled nor failed, `absent` nor `refused`, had values.',
    ),
};

export const originBudget = z.object({
  origin: z.string(),
  rate: z.string().nullable().describe('As configured, such as `10/s, 1000/d`; null: any.'),
  allowedPerHour: z.int().nullable().describe('Calls of an hour that the configured rates allow; null: any.'),
  limits: z
    .object({
      perSecond: z.number().nullable(),
      concurrency: z.int(),
      configured: z.object({ perSecond: z.number().nullable(), concurrency: z.int() }),
    })
    .describe(
      'What holds now, and what is configured, both without the room that the pace keeps beside a rate; null: any.',
    ),
  lowered: z
    .object({
      ...{ since: time(), cutAt: time(), reason: z.string() },
      until: time().describe('They grow back with use; a call after this time finds the configured limits.'),
    })
    .nullable()
    .describe('Since when, and why, less than the configured limits holds; when they were lowered last.'),
  paused: z
    .object({ until: time(), reason: z.string(), by: z.string().nullable() })
    .nullable()
    .describe('Until when nobody calls it, why, and which process paused it.'),
  breaker: originBreaker,
  sources: z.array(z.string()).describe('The sources that it is asked for.'),
  quota: z.object({ left: z.int(), resetAt: time() }).nullable().describe('What the origin said is left.'),
  inFlight: z.int(),
  waiting: countsByUser.describe('Calls that are wanted now and may not begin yet.'),
  total: z
    .object({
      ...usage,
      share: z
        .record(z.enum(BUDGET_USERS), z.number())
        .describe('The part of the calls that each had, from 0 to 1; all are 0 without calls.'),
    })
    .describe('Of all these hours together.'),
  hours: z
    .array(
      z.object({
        hour: time().describe('When it began.'),
        ...usage,
        used: z.number().nullable().describe('The part of what is allowed; null where any is.'),
      }),
    )
    .describe('Hours in which it was called, the oldest first; the last one may not have ended.'),
});
export const budgetReport = z.object({
  at: time(),
  since: time().describe('When the first hour that is looked at began.'),
  origins: z.array(originBudget),
});
export type BudgetReport = z.infer<typeof budgetReport>;
export type OriginBudget = z.infer<typeof originBudget>;

export interface BudgetVerbDeps {
  readonly ledger: Pick<Ledger, 'state'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Of one origin, or of all where none is named. Rejects with `E_NOT_FOUND` for an origin that is not configured. */
export async function budgetOf(
  { ledger, registry, budgets, sources, clock }: BudgetVerbDeps,
  origin: string | null,
  hours: number,
): Promise<BudgetReport> {
  if (origin !== null && !budgets.has(origin)) throw unknownName('origin', origin, [...budgets.keys()]);
  const now = clock.now();
  const since = (Math.floor(now / HOUR_MS) - hours + 1) * HOUR_MS;
  const chosen = [...budgets].filter(([name]) => origin === null || name === origin);
  const [beats, states] = await Promise.all([
    registry.processes(now),
    Promise.all(chosen.map(([name]) => ledger.state(name))),
  ]);
  const origins = chosen.flatMap(([, budget], i) => {
    const state = states[i];
    if (state === undefined) return [];
    const asked = [...sources.values()].filter((source) => source.origin === state.origin);
    const view = viewOf(state, budget, beats, since);
    return [{ ...view, sources: asked.map(({ name }) => name) }];
  });
  return { at: now, since, origins };
}

function viewOf(
  state: LedgerState,
  budget: Budget,
  beats: readonly ProcessBeat[],
  since: number,
): Omit<OriginBudget, 'sources'> {
  const { origin, limits, lowered, quota, inFlight, waiting, pausedUntil, pauseReason, pausedBy } = state;
  const rates = ratesOf(budget);
  const allowed = allowedIn(rates);
  const hours = state.used.filter(({ hour }) => hour >= since).map((hour) => hourOf(hour, allowed));
  const by = byUser((user) => sum(hours.map((hour) => hour.by[user])));
  const calls = sum(Object.values(by));
  return {
    origin,
    rate: rateText(budget),
    allowedPerHour: allowed,
    limits: {
      perSecond: perSecondOf(budget, limits.intervalMs),
      concurrency: limits.concurrency,
      configured: {
        perSecond: configuredPerSecond(budget),
        concurrency: budget.concurrency,
      },
    },
    lowered: lowered === undefined ? null : { ...lowered, until: lowered.cutAt + FORGOTTEN_AFTER_MS },
    paused:
      pausedUntil === 0 ? null : { until: pausedUntil, reason: pauseReason, by: nameOf(pausedBy, beats) },
    breaker: breakerOf(state),
    quota: quota ?? null,
    inFlight,
    waiting: { ...waiting },
    total: {
      ...{ calls, by, share: byUser((user) => (calls === 0 ? 0 : by[user] / calls)) },
      throttled: sum(hours.map(({ throttled }) => throttled)),
      failed: sum(hours.map(({ failed }) => failed)),
      apart: countedApart((kind) => sum(hours.map(({ apart }) => apart[kind]))),
    },
    hours,
  };
}

function hourOf({ hour, by, throttled, failed, apart }: BudgetHour, allowed: number | null) {
  const calls = sum(Object.values(by));
  const used = allowed === null ? null : calls / allowed;
  return { hour, calls, by: { ...by }, throttled, failed, apart: { ...apart }, used };
}

/** A window that is longer than an hour may be used up in one. */
function allowedIn(rates: readonly Rate[]): number | null {
  if (rates.length === 0) return null;
  return Math.floor(Math.min(...rates.map(({ calls, perMs }) => calls * Math.max(1, HOUR_MS / perMs))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
