/**
 * How long calls to an origin take together, by what its budget allows: a pure function of how many they are, how long one takes,
 * and who else calls. Calls begin no closer than the rate allows, no more are made at the same time than the concurrency, and no
 * window holds more than its calls; whichever takes longest decides.
 *
 *     time = the longest of  paced         (calls - burst) * interval
 *                            side by side  calls * mean / concurrency
 *                            windows       what does not fit waits for the window to move on
 *                            quota         what is more than the origin said is left begins after its reset
 *            + a pause that is on, + the call that ends last
 */
import { type Budget, type BudgetUser, intervalOf, LONG_WINDOW_MS, RESERVE, SHARES } from '../core/budget.ts';
import type { Estimate } from '../core/estimate.ts';
import { HOUR_MS } from '../core/units.ts';
import { exactly } from './estimate.ts';

/** Calls for one source. */
export interface PlannedCalls {
  /** At the least, and with tries. */
  readonly calls: Estimate;
  readonly meanMs: Estimate;
  readonly fastestMs: number;
  readonly slowestMs: number;
}

export interface BudgetWindow {
  readonly calls: number;
  readonly perMs: number;
  /** Calls in it now. */
  readonly used: Estimate;
}

/** What holds now. */
export interface PresentBudget {
  readonly concurrency: number;
  readonly intervalMs: number;
  /** For so long nobody calls, in ms. */
  readonly pausedMs: number;
  readonly windows: readonly BudgetWindow[];
  /** What the origin said is left, and in how many ms there is more; undefined where it says nothing. */
  readonly quota: { readonly left: number; readonly resetMs: number } | undefined;
  /** Calls of others in an hour, by user: few, as lately, many. */
  readonly others: Readonly<Record<keyof Estimate, Readonly<Partial<Record<BudgetUser, number>>>>>;
  /** How long calls of others take on average, in ms. */
  readonly othersMs: number;
}

export interface CallTime {
  /** Under the budget as configured, with nobody else and every call as fast as the fastest that was seen. */
  readonly shortest: number;
  /** The same under what holds now. */
  readonly shortestNow: number;
  /** Beside others, at the pace that was seen. */
  readonly likely: Estimate;
}

export function callTime(sources: readonly PlannedCalls[], budget: Budget, now: PresentBudget): CallTime {
  // What calls for a source took says nothing of a plan that makes none.
  const planned = sources.filter(({ calls }) => calls.high > 0);
  const least = planned.reduce((sum, { calls }) => sum + calls.low, 0);
  if (least === 0) return { shortest: 0, shortestNow: 0, likely: exactly(0) };
  const fastest = Math.min(...planned.map(({ fastestMs }) => fastestMs));
  const work = planned.reduce((sum, { calls, fastestMs }) => sum + calls.low * fastestMs, 0);
  const configured = { concurrency: budget.concurrency, intervalMs: intervalOf(budget) };
  const burst = budget.burst ?? 1;
  const shortest = (limits: Lane, calls: number) =>
    Math.max(pacedMs(calls, limits.intervalMs, burst) + fastest, (work * calls) / least / limits.concurrency);
  const alone = Math.max(shortest(configured, least), ...now.windows.map((window) => leastIn(window, least)));
  const held = { concurrency: now.concurrency, intervalMs: now.intervalMs };
  const byQuota = afterReset(now, least, (over) => shortest(held, over));
  const shortestNow = Math.max(now.pausedMs + Math.max(alone, shortest(held, least)), byQuota);
  const at = (which: keyof Estimate) => expected(planned, budget, now, which);
  const [low, likely, high] = [at('low'), at('likely'), at('high')].map((ms) => Math.max(shortestNow, ms));
  return { shortest: alone, shortestNow, likely: ordered(low ?? 0, likely ?? 0, high ?? 0) };
}

/** What is more than the origin said is left begins when there is more; 0 where all of it is left. */
function afterReset({ quota }: PresentBudget, calls: number, take: (over: number) => number): number {
  if (quota === undefined || calls <= quota.left) return 0;
  return quota.resetMs + take(calls - quota.left);
}

function ordered(low: number, likely: number, high: number): Estimate {
  const middle = Math.max(low, likely);
  return { low, likely: middle, high: Math.max(middle, high) };
}

/** What plans are for. */
const RUNS: readonly BudgetUser[] = ['run'];

/** What this work has of an origin. */
export interface Lane {
  readonly concurrency: number;
  readonly intervalMs: number;
}

function pacedMs(calls: number, intervalMs: number, burst: number): number {
  return Math.max(0, calls - burst) * intervalMs;
}

/** Whatever is in the window by now may leave it at once: only its own calls are sure to fill it. */
function leastIn({ calls: most, perMs }: BudgetWindow, calls: number): number {
  return Math.max(0, Math.ceil(calls / most) - 1) * perMs;
}

function expected(
  planned: readonly PlannedCalls[],
  budget: Budget,
  now: PresentBudget,
  which: keyof Estimate,
): number {
  const calls = planned.reduce((sum, each) => sum + each.calls[which], 0);
  const work = planned.reduce((sum, each) => sum + each.calls[which] * each.meanMs[which], 0);
  const { concurrency, intervalMs } = laneOf(budget, now, which, RUNS);
  const waits = now.windows.map((window) => windowMs(window, calls, budget, which));
  const paced = pacedMs(calls, intervalMs, which === 'high' ? 1 : (budget.burst ?? 1));
  const beside = Math.max(paced, work / concurrency, ...waits);
  const byQuota = afterReset(now, calls, (over) =>
    Math.max(pacedMs(over, intervalMs, 1), (work * over) / calls / concurrency),
  );
  return Math.max(now.pausedMs + beside, byQuota) + lastMs(planned, which);
}

/** The call that ends last; at worst the slowest of all, behind a first one that went alone. */
function lastMs(planned: readonly PlannedCalls[], which: keyof Estimate): number {
  if (which === 'low') return 0;
  const means = planned.map(({ meanMs }) => meanMs[which]);
  if (which === 'likely') return Math.max(...means);
  return Math.max(...planned.map(({ slowestMs }) => slowestMs)) + Math.max(...means);
}

/** What others leave to `own`, which are no others, and never less than their share among those who call. */
export function laneOf(
  budget: Budget,
  now: Pick<PresentBudget, 'concurrency' | 'intervalMs' | 'others' | 'othersMs'>,
  which: keyof Estimate,
  own: readonly BudgetUser[],
): Lane {
  const others = Object.entries(now.others[which]).filter(([, calls]) => calls > 0);
  const perMs = others.reduce((sum, [, calls]) => sum + calls, 0) / HOUR_MS;
  const weightOf = (users: readonly BudgetUser[]) => users.reduce((sum, user) => sum + SHARES[user], 0);
  const competing = others.map(([user]) => user as BudgetUser).filter((user) => !own.includes(user));
  const share = weightOf(own) / weightOf([...own, ...competing]);
  const reserve = budget.reserve ?? RESERVE;
  const hasLive = (now.others[which].live ?? 0) > 0;
  const isLong = (budget.rate?.perMs ?? 0) >= LONG_WINDOW_MS;
  const open = hasLive || isLong ? 1 - reserve : 1;
  const ratePerMs = now.intervalMs === 0 ? Number.POSITIVE_INFINITY : open / now.intervalMs;
  const rate = Math.max(ratePerMs - perMs, ratePerMs * share);
  const places = now.concurrency * (hasLive ? 1 - reserve : 1);
  const concurrency = Math.max(places - perMs * now.othersMs, places * share);
  return { concurrency, intervalMs: rate === Number.POSITIVE_INFINITY ? 0 : 1 / rate };
}

/** A window keeps a part for reads that wait, once it is long. What is in it leaves it evenly, or at worst last. */
function windowMs(
  { calls: most, perMs, used }: BudgetWindow,
  calls: number,
  budget: Budget,
  which: keyof Estimate,
): number {
  const open = Math.max(
    1,
    perMs >= LONG_WINDOW_MS ? Math.floor(most * (1 - (budget.reserve ?? RESERVE))) : most,
  );
  const over = calls - Math.max(0, open - used[which]);
  if (over <= 0) return 0;
  return which === 'high' ? Math.ceil(over / open) * perMs : (over / open) * perMs;
}
