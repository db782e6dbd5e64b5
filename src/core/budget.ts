import { z } from 'zod';
import { percent, rates } from './options.ts';
import { formatRate, formatRates, MINUTE_MS, type Rate } from './units.ts';

/** What an origin allows. */
export interface Budget {
  /** The shortest window: calls are spaced by it. Undefined: no rate. */
  readonly rate: Rate | undefined;
  readonly concurrency: number;
  /** Longer windows, shortest first: no more calls in any of them, wherever it begins. */
  readonly windows?: readonly Rate[];
  /** Calls that may begin together after a quiet time; 1 unless it says otherwise. */
  readonly burst?: number;
  /** Whether the limits follow what the origin can bear; true unless it says otherwise. */
  readonly adapt?: boolean;
  /** The part that is held back for live misses, from 0 to 1; `RESERVE` unless it says otherwise. */
  readonly reserve?: number;
}

/** The part of a budget that is held back for live misses. */
export const RESERVE = 0.2;

/** Windows of this length and longer always keep that part, in ms: who waits for one to pass waits for too long. */
export const LONG_WINDOW_MS = MINUTE_MS;

/**
 * Who uses a budget, in the order in which equals are served: `live` are reads that wait for a value, `hot`, `warm` and
 * `cold` the refreshes of those temperatures, `run` what somebody asked for: runs, probes, benchmarks.
 */
export const BUDGET_USERS = ['live', 'hot', 'warm', 'cold', 'run'] as const;
export type BudgetUser = (typeof BUDGET_USERS)[number];

/**
 * The shares of the users while they compete; what one does not use goes to the others in proportion. A live miss costs a
 * person's time, and a hot value is asked for most.
 */
export const SHARES: Readonly<Record<BudgetUser, number>> = {
  live: 40,
  hot: 25,
  warm: 15,
  cold: 10,
  run: 10,
};

/** What each origin declares of its budget, whatever its kind. */
export const budgetOptions = {
  concurrency: z.int().min(1).default(8).describe('Calls at the same time, over all processes together.'),
  rate: rates()
    .optional()
    .describe(
      'Calls per time, over all processes together, such as `50/s`; several as a list or with commas: `10/s, 1000/d`. They are spaced evenly by the shortest window; no longer one ever holds more, wherever it begins. Absent: unlimited.',
    ),
  burst: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'Calls that may begin together after a quiet time, where the origin fills a bucket; needs `rate`.',
    ),
  adapt: z
    .boolean()
    .default(true)
    .describe(
      'Lower the limits when the origin says "slow down", and raise them again as it bears more, up to these.',
    ),
  reserve: percent()
    .prefault(`${RESERVE * 100}%`)
    .describe(
      'Held back for reads that wait: always of windows of a minute and longer and of what the origin says is left, and of the concurrency and of shorter windows while there were such reads within a minute.',
    ),
};

/**
 * Calls reach an origin earlier or later than they were begun: a process that has just started, a new connection, a busy machine.
 * Without some room, a window of the origin's could hold more than the rate allows. As parts of a window: the least, and the most,
 * which short windows have for the sake of `ROOM_MS`.
 */
const LEAST_ROOM = 0.02;
const MOST_ROOM = 0.05;
const ROOM_MS = 50;

/** All that the configuration says of calls per time, the shortest window first; none: any. */
export function ratesOf({ rate, windows = [] }: Pick<Budget, 'rate' | 'windows'>): readonly Rate[] {
  return rate === undefined ? [] : [rate, ...windows];
}

/** As it is configured, such as `10/s, 1000/d`; null: any. */
export function rateText(budget: Pick<Budget, 'rate' | 'windows'>): string | null {
  const rates = ratesOf(budget);
  return rates.length === 0 ? null : formatRates(rates);
}

/** The time between the beginnings of two calls, in ms; 0 without a rate. */
export function intervalOf({ rate: allowed }: Pick<Budget, 'rate'>): number {
  return allowed === undefined ? 0 : (allowed.perMs + roomIn(allowed)) / allowed.calls;
}

/** The pace of this interval in calls a second as it would be configured, without the room; null for any. */
export function perSecondOf({ rate: allowed }: Pick<Budget, 'rate'>, intervalMs: number): number | null {
  if (intervalMs === 0) return null;
  if (allowed === undefined) return 1_000 / intervalMs;
  // The ledger reckons in microseconds.
  const own = Math.ceil(intervalOf({ rate: allowed }) * 1_000) / 1_000;
  return ((allowed.calls * 1_000) / allowed.perMs) * (own / intervalMs);
}

/** The pace of the shortest window in calls a second, as it is configured; null without a rate. */
export function configuredPerSecond({ rate }: Pick<Budget, 'rate'>): number | null {
  return rate === undefined ? null : (rate.calls * 1_000) / rate.perMs;
}

function roomIn({ perMs }: Rate): number {
  return Math.max(perMs * LEAST_ROOM, Math.min(perMs * MOST_ROOM, ROOM_MS));
}

/** How much later than its time a call may begin and no window holds too many, in ms; undefined without a rate. */
export function roomOf({ rate: allowed }: Pick<Budget, 'rate'>): number | undefined {
  return allowed && roomIn(allowed);
}

/**
 * The windows in which calls are counted: the longer ones, and with a burst the shortest too, since the pace alone would let
 * a burst come on top of it. A burst that is larger than the shortest window is the origin's bucket, and replaces that.
 */
export function countedWindows({ rate: allowed, windows = [], burst = 1 }: Budget): readonly Rate[] {
  const first = allowed !== undefined && burst > 1 && burst <= allowed.calls ? [allowed] : [];
  return [...first, ...windows];
}

interface OriginBudgetOptions {
  readonly concurrency: number;
  readonly rate?: readonly Rate[] | undefined;
  readonly burst: number;
  readonly adapt: boolean;
  readonly reserve: number;
}

/** The budgets among the options of origins. */
export function budgetsOf(origins: ReadonlyMap<string, OriginBudgetOptions>): ReadonlyMap<string, Budget> {
  return new Map([...origins].map(([name, options]) => [name, budgetOf(options)]));
}

function budgetOf({ concurrency, rate = [], burst, adapt, reserve }: OriginBudgetOptions): Budget {
  const [shortest, ...windows] = rate;
  return { concurrency, rate: shortest, windows, burst, adapt, reserve };
}

/** What is wrong with a burst beside these windows, for people; undefined when nothing is. */
export function burstProblem(burst: number, windows: readonly Rate[] | undefined): string | undefined {
  if (burst === 1) return undefined;
  const [shortest, ...longer] = windows ?? [];
  if (shortest === undefined)
    return 'needs a `rate`: without one, calls are not spaced, and may begin together anyway';
  const least = longer.find(({ calls }) => calls < burst);
  if (least === undefined) return undefined;
  return `must be at most ${least.calls}, since \`rate\` allows ${formatRate(least)}; lower it, or raise that window`;
}
