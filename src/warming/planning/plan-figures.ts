/**
 * What the keys of a plan take: calls and bytes of each source, by what calls for it took, and how long that is under the budgets of
 * their origins. For people before a warm, and for the run of a tick before its first key.
 */
import type { LedgerState } from '../../budget/ledger.ts';
import type { HourOfCalls } from '../../catalog/call-history.ts';
import type { Budget } from '../../core/budget.ts';
import { sumOfCalls } from '../../core/call-record.ts';
import type { Estimate } from '../../core/estimate.ts';
import { type CallTime, callTime, type PlannedCalls } from '../../policy/call-time.ts';
import { type CallFigures, callFigures, exactly, greatestOf, scaled, sumOf } from '../../policy/estimate.ts';
import type { SourceCount } from './key-count.ts';
import { type NamedBudget, presentBudget } from './present-budget.ts';

/** A source of the plan, and what calls for it took; undefined where none was seen. */
export interface CountedSource {
  readonly count: SourceCount;
  readonly figures: CallFigures | undefined;
}

export interface OriginOfPlan {
  readonly origin: string;
  readonly budget: Budget;
  /** Undefined where the ledger does not say. */
  readonly state: LedgerState | undefined;
  readonly sources: readonly CountedSource[];
  /** Calls of other runs on it, which are made first; none where that is not known. */
  readonly ahead: readonly PlannedCalls[];
}

/** At which time what is. */
export interface PlanTimes {
  readonly now: number;
  readonly startsAt: number;
}

/** Of all processes together: what the means of hours tell, those of processes do not. */
export function figuresOf(hours: readonly HourOfCalls[]): CallFigures | undefined {
  return callFigures([...Map.groupBy(hours, ({ hour }) => hour).values()].map(sumOfCalls));
}

export function originsOf(
  budgets: ReadonlyMap<string, Budget>,
  sources: readonly CountedSource[],
): Omit<OriginOfPlan, 'state' | 'ahead'>[] {
  return [...Map.groupBy(sources, ({ count }) => count.source.origin)].map(([origin, own]) => ({
    origin,
    budget: budgets.get(origin) ?? { rate: undefined, concurrency: 1 },
    sources: own,
  }));
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

export function bytesOfAll(sources: readonly CountedSource[]): Estimate | null {
  const all = sources.map(bytesOf);
  return all.every((each) => each !== undefined) ? rounded(sumOf([exactly(0), ...all])) : null;
}

export interface TimeOfOrigin {
  readonly present: NamedBudget;
  /** `likely` is of calls that take no time where some were never seen. */
  readonly time: CallTime;
  readonly isSeen: boolean;
}

export function timeOfOrigin(
  { budget, state, sources, ahead }: OriginOfPlan,
  times: PlanTimes,
): TimeOfOrigin {
  const present = presentBudget(budget, state, times.startsAt, times.now);
  const isSeen = sources.every((source) => source.figures !== undefined || source.count.planned === 0);
  const planned = sources.map((source) => plannedCalls(source, undefined));
  const alone = callTime(planned, budget, present);
  if (ahead.length === 0 || alone.likely.high === 0) return { present, time: alone, isSeen };
  // What others leave to be done may be less than it seems: the lowest is that without them.
  const { likely, high } = callTime([...planned, ...ahead], budget, present).likely;
  const { low } = alone.likely;
  const middle = Math.max(alone.likely.likely, likely);
  const beside = { low, likely: middle, high: Math.max(alone.likely.high, high, middle) };
  return { present, time: { ...alone, likely: beside }, isSeen };
}

/** Where nothing was seen a call may take no time, or as long as its timeout. */
export function plannedCalls(source: CountedSource, timeout: number | undefined): PlannedCalls {
  const calls = callsOf(source);
  const { figures } = source;
  if (figures !== undefined) return { ...figures, calls };
  const ms = timeout ?? 0;
  return { calls, meanMs: exactly(ms), fastestMs: ms, slowestMs: ms };
}

/**
 * A run selects its keys, looks them up twice (before the calls, and after) and writes them. So its own work is some times as long as
 * counting them took: at least as long, thrice, or on a machine that is busier then ten times.
 */
const OWN: Estimate = { low: 1, likely: 3, high: 10 };
/** Each wait between two tries of a key is drawn from nothing to its longest; and the key may do well at once. */
const RETRIES: Estimate = { low: 0, likely: 0.5, high: 1 };

export interface OwnWork {
  readonly total: number;
  /** Keys that were looked up, and how long that took, in ms. */
  readonly looked: number;
  readonly ownMs: number;
}

/** Beside the calls, in ms. */
export function ownTime({ total, looked, ownMs }: OwnWork): Estimate {
  return scaled(OWN, looked === 0 ? 0 : ownMs * (total / looked));
}

/** Keys to fetch whose last attempt failed. */
export function failingOf(sources: readonly CountedSource[]): number {
  return Math.round(sources.reduce((sum, { count }) => sum + count.failing, 0));
}

/**
 * Origins are called at the same time, and a run ends with the last of them. `retryWaitMs`: between all tries of a key that fails, at
 * the most. Null where calls of an origin were never seen.
 */
export function likelyTime(
  origins: readonly (Estimate | null)[],
  own: Estimate,
  failing: number,
  retryWaitMs: number,
): Estimate | null {
  const known = origins.filter((each) => each !== null);
  if (known.length < origins.length) return null;
  const waits = failing === 0 ? exactly(0) : scaled(RETRIES, retryWaitMs);
  return sumOf([greatestOf(known), { ...own, low: 0 }, waits]);
}

/** Whole things: never less than half of one away. */
export function rounded({ low, likely, high }: Estimate): Estimate {
  return { low: Math.floor(low), likely: Math.round(likely), high: Math.ceil(high) };
}
