/** What an origin counts of the calls that reach it, and whether that is more than a budget allows. */
import { type Budget, type BudgetUser, countedWindows } from '../../../src/core/budget.ts';
import { formatRate, type Rate } from '../../../src/core/units.ts';

/** One call as the origin saw it, on the monotonic clock that the processes of a host share, in ms. */
export interface CountedCall {
  /** For whom its caller made it. */
  readonly user: BudgetUser;
  /** When its caller began it, as the caller says. */
  readonly began: number;
  /** When it came. */
  readonly from: number;
  /** When the origin was done with it, whether or not its caller was still there. */
  readonly to: number;
}

/** The most calls in any window of this length. */
export function mostWithin(times: readonly number[], ms: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [i, at] of sorted.entries()) {
    while ((sorted[first] ?? 0) <= at - ms) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

/** The most calls that the origin had at the same time. One that ends at the moment at which another comes makes room for it. */
export function mostAtOnce(calls: readonly CountedCall[]): number {
  const changes = calls.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** How many calls may begin in each window: the configured ones, and of a bucket what it holds beside its rate. */
export function allowedIn(budget: Budget): readonly Rate[] {
  const { rate, burst = 1, windows = [] } = budget;
  if (rate === undefined) return windows;
  const isBucket = burst > rate.calls;
  return isBucket
    ? [{ ...rate, calls: rate.calls + burst }, ...windows]
    : [rate, ...countedWindows(budget).filter((window) => window !== rate)];
}

/**
 * What was more than the budget allows, in words. `late`: so many ms may lie between when a call was to begin and `at` of it,
 * because of the machine and not of the budget.
 */
export function excesses(
  budget: Budget,
  calls: readonly CountedCall[],
  { at, late }: { readonly at: 'began' | 'from'; readonly late: number },
): string[] {
  const found: string[] = [];
  const atOnce = mostAtOnce(calls);
  if (atOnce > budget.concurrency) found.push(`${atOnce} calls at the same time, of ${budget.concurrency}`);
  const times = calls.map((call) => call[at]);
  for (const window of allowedIn(budget)) {
    const most = mostWithin(times, window.perMs - late);
    if (most > window.calls) found.push(`${most} calls in a window, of ${formatRate(window)}`);
  }
  return found;
}
