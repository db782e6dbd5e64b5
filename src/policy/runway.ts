/**
 * How many calls for refreshes an origin's budget allows in a time to come, at the least: a pure function of what holds now.
 *
 * Time is taken in slices. In each the calls go on as fast as the pace, the places and the quota let them, less what others called
 * lately; and no longer window holds more than it may, with the calls that count in it by now until they leave it. All that is not known to
 * the call is taken at its worst: places are free again only after a whole call, and a slice counts when it is over. So a ledger that
 * has so many calls to grant grants no fewer, as long as others call no more than they did lately.
 */
import { type Budget, type BudgetUser, countedWindows, LONG_WINDOW_MS, RESERVE } from '../core/budget.ts';
import { HOUR_MS } from '../core/units.ts';
import { laneOf, type PresentBudget } from './call-time.ts';

/** How far ahead is looked, as the label says it, and in ms: the longest last. */
export const AHEADS = [
  ['1m', 60_000],
  ['5m', 300_000],
  ['15m', 900_000],
] as const;

/** Who refreshes. */
export const REFRESHERS: readonly BudgetUser[] = ['hot', 'warm', 'cold'];

export interface BudgetAhead {
  readonly budget: Budget;
  /** From now on, with all who do not refresh as the others. */
  readonly present: Omit<PresentBudget, 'windows'>;
  /** Calls that count in the longer windows, and for how many ms. */
  readonly counted: readonly { readonly perMs: number; readonly calls: number; readonly leavesIn: number }[];
  /** What of the quota may be spent at once. */
  readonly freely: number;
  readonly inFlight: number;
  /** How long a call takes, in ms; undefined where none was seen. */
  readonly callMs: number | undefined;
}

const SLICE_MS = 1_000;
/** A window of fewer slices than this is taken for a pace. */
const FEWEST_SLICES = 10;
/** A call counts in a window for longer than the window is: the ledger counts in parts of it, and calls may begin a moment late. */
const LONGER_BY = 1 / 16;
const LATE_MS = 250;
/** For so long after a reset it is not known what the origin allows then. */
const UNKNOWN_MS = 60_000;

/** For each of `AHEADS`, in order; undefined where nothing limits the calls, as far as is known. */
export function affordableCalls(of: BudgetAhead): (number | undefined)[] {
  const paces = [paceOf(of), placesOf(of), ...shortWindows(of).map((window) => paceIn(of, window))];
  const windows = longWindows(of);
  const sums = [0];
  const whole = AHEADS.at(-1)?.[1] ?? 0;
  for (let to = SLICE_MS; to <= whole; to += SLICE_MS) {
    const before = sums.at(-1) ?? 0;
    const slice = { before, from: to - SLICE_MS, to };
    const paced = Math.min(...paces.map((pace) => pace(slice)), byQuota(of, slice));
    const most = Math.min(paced, ...windows.map((window) => mostIn(of, window, sums, slice)));
    sums.push(Math.max(before, slice.from < of.present.pausedMs ? before : most));
  }
  return AHEADS.map(([, ms]) => {
    const calls = sums[ms / SLICE_MS] ?? 0;
    // What is a hair below a whole call for the sake of binary fractions is that call.
    return Number.isFinite(calls) ? Math.floor(calls + 1e-6) : undefined;
  });
}

/** Calls before a slice, and its ends in ms from now. */
interface Slice {
  readonly before: number;
  readonly from: number;
  readonly to: number;
}
type Pace = (slice: Slice) => number;

function evenly(perMs: number): Pace {
  return ({ before }) => before + perMs * SLICE_MS;
}

function paceOf({ budget, present }: BudgetAhead): Pace {
  const { intervalMs } = laneOf(budget, present, 'likely', REFRESHERS);
  return evenly(intervalMs === 0 ? Number.POSITIVE_INFINITY : 1 / intervalMs);
}

/** What is under way may have only just begun. */
function placesOf({ budget, present, inFlight, callMs }: BudgetAhead): Pace {
  if (callMs === undefined || callMs <= 0) return evenly(Number.POSITIVE_INFINITY);
  const perMs = laneOf(budget, present, 'likely', REFRESHERS).concurrency / callMs;
  const next = evenly(perMs);
  return (slice) => Math.min(next(slice), Math.max(0, perMs * slice.to - inFlight));
}

interface Window {
  /** For how long a call counts. */
  readonly ms: number;
  readonly perMs: number;
  /** For all but reads that wait. */
  readonly open: number;
}

function windowsOf({ budget, present }: BudgetAhead): Window[] {
  const hasLive = (present.others.likely.live ?? 0) > 0;
  const reserve = budget.reserve ?? RESERVE;
  return countedWindows(budget).map(({ calls, perMs }) => ({
    ...{ perMs, ms: perMs * (1 + LONGER_BY) + LATE_MS },
    open: Math.floor(calls) - (hasLive || perMs >= LONG_WINDOW_MS ? Math.ceil(calls * reserve) : 0),
  }));
}

function isShort({ perMs }: Window): boolean {
  return perMs < FEWEST_SLICES * SLICE_MS;
}

function shortWindows(of: BudgetAhead): Window[] {
  return windowsOf(of).filter(isShort);
}

function longWindows(of: BudgetAhead): Window[] {
  return windowsOf(of).filter((window) => !isShort(window));
}

/** One that may be full by now, and is used evenly from when it is not. */
function paceIn(of: BudgetAhead, { ms, open }: Window): Pace {
  const next = evenly(Math.max(0, open / ms - othersPerMs(of)));
  return (slice) => (slice.from < ms ? slice.before : next(slice));
}

/** What began so long ago that it has left the window by the end of the slice makes room again; what others call takes of it. */
function mostIn(of: BudgetAhead, { ms, perMs, open }: Window, sums: readonly number[], slice: Slice): number {
  const used = of.counted
    .filter((calls) => calls.perMs === perMs && calls.leavesIn > slice.from)
    .reduce((sum, { calls }) => sum + calls, 0);
  const left = sums[Math.floor((slice.to - ms) / SLICE_MS)] ?? 0;
  return left + open - used - othersPerMs(of) * Math.min(slice.to, ms);
}

/** What may be spent at once, then evenly what is not kept for reads that wait, then nothing until it is known what there is. */
function byQuota(of: BudgetAhead, { before, from, to }: Slice): number {
  const { budget, present, freely } = of;
  const { quota } = present;
  if (quota === undefined || from >= quota.resetMs + UNKNOWN_MS) return Number.POSITIVE_INFINITY;
  if (to > quota.resetMs) return before;
  const others = othersPerMs(of);
  const free = freely - others * to;
  if (before < free) return free;
  const perMs = ((quota.left - freely) * (1 - (budget.reserve ?? RESERVE))) / quota.resetMs - others;
  return before + Math.max(0, perMs) * SLICE_MS;
}

function othersPerMs({ present }: BudgetAhead): number {
  return Object.values(present.others.likely).reduce((sum, calls) => sum + calls, 0) / HOUR_MS;
}
