/** Who used the budgets of origins: by hour and by user, beside what is allowed and what holds now. */
import { byUser } from '../budget/call-counter.ts';
import { type BudgetHour, countedApart, type Ledger, type LedgerState } from '../budget/ledger.ts';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import { type Budget, configuredPerSecond, perSecondOf, ratesOf, rateText } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import type { Sources } from '../core/sources.ts';
import { formatRate, HOUR_MS, type Rate } from '../core/units.ts';
import { FORGOTTEN_AFTER_MS } from '../policy/limit.ts';
import { breakerOf } from './breaker.ts';
import type { BudgetReport, OriginBudget } from './budget-shapes.ts';
import { nameOf } from './runs/run-waits.ts';
import { unknownName } from './unknown-name.ts';

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
      configured: { perSecond: configuredPerSecond(budget), concurrency: budget.concurrency },
    },
    lowered: lowered === undefined ? null : { ...lowered, until: lowered.cutAt + FORGOTTEN_AFTER_MS },
    paused:
      pausedUntil === 0 ? null : { until: pausedUntil, reason: pauseReason, by: nameOf(pausedBy, beats) },
    breaker: breakerOf(state),
    quota: quota ?? null,
    windows: state.windows.map(windowView),
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

function windowView(window: LedgerState['windows'][number]) {
  const { calls, used, kept, opensAt = null } = window;
  return { rate: formatRate(window), calls, used, kept, opensAt };
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
