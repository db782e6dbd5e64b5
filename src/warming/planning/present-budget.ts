/** What an origin's budget allows now, and what others use of it, as far as the ledger says. */
import { type BudgetHour, type LedgerState, USED_HOURS } from '../../budget/ledger.ts';
import { BUDGET_USERS, type Budget, type BudgetUser, countedWindows, intervalOf } from '../../core/budget.ts';
import type { Estimate } from '../../core/estimate.ts';
import { formatRate, HOUR_MS, type Rate } from '../../core/units.ts';
import type { BudgetWindow, PresentBudget } from '../../policy/call-time.ts';
import { exactly } from '../../policy/estimate.ts';

/** The ledger keeps so long who used how much. */
const KEPT_MS = USED_HOURS * HOUR_MS;

export interface CountedWindow extends BudgetWindow {
  readonly window: string;
  /** Whether what is used of it was counted, to the hour: not so of one that is shorter than an hour, or longer than is kept. */
  readonly isCounted: boolean;
}

/** What holds now, with the names of the windows. */
export interface NamedBudget extends PresentBudget {
  readonly windows: readonly CountedWindow[];
}

type Users = Readonly<Partial<Record<BudgetUser, number>>>;

/**
 * `startsAt`: when the calls would begin, ms since the epoch. `state`: undefined where the ledger does not say. `own`: who would call; all
 * besides are others.
 */
export function presentBudget(
  budget: Budget,
  state: LedgerState | undefined,
  startsAt: number,
  now: number,
  own: readonly BudgetUser[] = ['run'],
): NamedBudget {
  const used = state?.used ?? [];
  const calls = state?.calls;
  const made = (calls?.ok ?? 0) + (calls?.throttled ?? 0) + (calls?.failed ?? 0);
  return {
    concurrency: Math.max(1, state?.limits.concurrency ?? budget.concurrency),
    intervalMs: state?.limits.intervalMs ?? intervalOf(budget),
    pausedMs: Math.max(0, (state?.pausedUntil ?? 0) - startsAt),
    windows: usedWindows(budget, used, now),
    quota: quotaAt(state, startsAt),
    others: { low: {}, likely: lately(used, now, own), high: most(used, own) },
    othersMs: made === 0 ? 0 : (calls?.ms ?? 0) / made,
  };
}

/** What is left when the calls would begin. */
function quotaAt(state: LedgerState | undefined, startsAt: number): PresentBudget['quota'] {
  const quota = state?.quota;
  if (quota === undefined || quota.resetAt <= startsAt) return undefined;
  return { left: quota.left, resetMs: quota.resetAt - startsAt };
}

/** All that bound calls beside the pace. */
export function usedWindows(budget: Budget, used: readonly BudgetHour[], now: number): CountedWindow[] {
  return windowsOf(budget).map((rate) => ({
    ...rate,
    window: formatRate(rate),
    isCounted: rate.perMs >= HOUR_MS && rate.perMs <= KEPT_MS,
    used: usedIn(rate, used, now),
  }));
}

/** The pace of the shortest window keeps to it; one of an hour and longer is used up by what was called before, too. */
function windowsOf(budget: Budget): readonly Rate[] {
  const { rate, burst = 1 } = budget;
  const first = rate !== undefined && burst === 1 && rate.perMs >= HOUR_MS ? [rate] : [];
  return [...first, ...countedWindows(budget)];
}

/**
 * Hours say nothing of a window that is shorter: whatever is in it is gone soon. Of one that is longer than is kept, the rest is likely
 * to have been as what is known.
 */
function usedIn({ calls, perMs }: Rate, used: readonly BudgetHour[], now: number): Estimate {
  if (perMs < HOUR_MS) return exactly(0);
  // An hour that the window has left in part still counts: too much rather than too little.
  const within = used.filter(({ hour }) => hour + HOUR_MS > now - perMs);
  const known = within.reduce((sum, { by }) => sum + total(by), 0);
  const whole = Math.max(known, Math.min(calls, known * Math.max(1, perMs / KEPT_MS)));
  return { low: known, likely: whole, high: whole };
}

/** Calls an hour, by user: of the last sixty minutes. */
function lately(used: readonly BudgetHour[], now: number, own: readonly BudgetUser[]): Users {
  const current = used.find(({ hour }) => hour <= now && now < hour + HOUR_MS);
  const before = used.find(({ hour }) => hour <= now - HOUR_MS && now - HOUR_MS < hour + HOUR_MS);
  const rest = 1 - (now % HOUR_MS) / HOUR_MS;
  return othersOf(own, (user) => (current?.by[user] ?? 0) + (before?.by[user] ?? 0) * rest);
}

/** The most that each user called in an hour, of the last two days. */
function most(used: readonly BudgetHour[], own: readonly BudgetUser[]): Users {
  return othersOf(own, (user) => Math.max(0, ...used.map(({ by }) => by[user])));
}

/** What one's own kind used was this kind of work itself: runs that go on at the same time are named by the plan. */
function othersOf(own: readonly BudgetUser[], of: (user: BudgetUser) => number): Users {
  const others = BUDGET_USERS.filter((user) => !own.includes(user)).map((user) => [user, of(user)] as const);
  return Object.fromEntries(others.filter(([, calls]) => calls !== 0));
}

function total(by: BudgetHour['by']): number {
  return BUDGET_USERS.reduce((sum, user) => sum + by[user], 0);
}
