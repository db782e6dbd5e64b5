/** What an origin's budget allows now, and what others use of it, as far as the ledger says. */
import type { BudgetHour, LedgerState } from '../../budget/ledger.ts';
import { BUDGET_USERS, type Budget, type BudgetUser, intervalOf } from '../../core/budget.ts';
import { formatRate, type Rate } from '../../core/units.ts';
import type { BudgetWindow, PresentBudget } from '../../policy/call-time.ts';

const HOUR_MS = 3_600_000;

/** A window as long as an hour or longer, and what was made of it to the hour. */
export interface CountedWindow extends BudgetWindow {
  readonly window: string;
}

type Users = Readonly<Partial<Record<BudgetUser, number>>>;

/** `startsAt`: when the calls would begin, ms since the epoch. `state`: undefined where the ledger does not say. */
export function presentBudget(
  budget: Budget,
  state: LedgerState | undefined,
  startsAt: number,
  now: number,
): PresentBudget {
  const used = state?.used ?? [];
  const calls = state?.calls;
  const made = (calls?.ok ?? 0) + (calls?.throttled ?? 0) + (calls?.failed ?? 0);
  return {
    concurrency: Math.max(1, state?.limits.concurrency ?? budget.concurrency),
    intervalMs: state?.limits.intervalMs ?? intervalOf(budget),
    pausedMs: Math.max(0, (state?.pausedUntil ?? 0) - startsAt),
    windows: usedWindows(budget, used, now),
    others: { low: {}, likely: lately(used, now), high: most(used) },
    othersMs: made === 0 ? 0 : (calls?.ms ?? 0) / made,
  };
}

/** Those of an hour and longer: of shorter ones the pace tells, too. */
export function usedWindows(budget: Budget, used: readonly BudgetHour[], now: number): CountedWindow[] {
  const all: readonly Rate[] = [
    ...(budget.rate === undefined ? [] : [budget.rate]),
    ...(budget.windows ?? []),
  ];
  return all
    .filter(({ perMs }) => perMs >= HOUR_MS)
    .map((rate) => {
      // An hour that the window has left in part still counts: too much rather than too little.
      const within = used.filter(({ hour }) => hour + HOUR_MS > now - rate.perMs);
      return { ...rate, window: formatRate(rate), used: within.reduce((sum, { by }) => sum + total(by), 0) };
    });
}

/** Calls an hour, by user: of the last sixty minutes.*/
function lately(used: readonly BudgetHour[], now: number): Users {
  const current = used.find(({ hour }) => hour <= now && now < hour + HOUR_MS);
  const before = used.find(({ hour }) => hour <= now - HOUR_MS && now - HOUR_MS < hour + HOUR_MS);
  const rest = 1 - (now % HOUR_MS) / HOUR_MS;
  return each((user) => withoutRuns(user, (current?.by[user] ?? 0) + (before?.by[user] ?? 0) * rest));
}

/** The most that each user called in an hour, of the last two days. */
function most(used: readonly BudgetHour[]): Users {
  return each((user) => withoutRuns(user, Math.max(0, ...used.map(({ by }) => by[user]))));
}

/** What runs used was this kind of work itself: those that go on at the same time are named by the plan. */
function withoutRuns(user: BudgetUser, calls: number): number {
  return user === 'run' ? 0 : calls;
}

function each(of: (user: BudgetUser) => number): Users {
  return Object.fromEntries(BUDGET_USERS.map((user) => [user, of(user)]).filter(([, calls]) => calls !== 0));
}

function total(by: BudgetHour['by']): number {
  return BUDGET_USERS.reduce((sum, user) => sum + by[user], 0);
}
