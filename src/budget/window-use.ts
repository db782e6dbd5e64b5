/** How much of the longer windows of an origin is used, and when those that are used up let a call begin again. */
import { type Budget, countedWindows, LONG_WINDOW_MS, RESERVE } from '../core/budget.ts';

/** Calls that count in one of the windows until a time, ms since the epoch. */
export interface CountedCalls {
  /** The length of the window. */
  readonly perMs: number;
  readonly calls: number;
  readonly until: number;
}

export interface WindowUse {
  /** As it is configured. */
  readonly calls: number;
  readonly perMs: number;
  /** Calls that count in it now. */
  readonly used: number;
  /** So many of its calls are kept for reads that wait. */
  readonly kept: number;
  /** When a call that is no such read may begin again, in ms since the epoch; undefined where one may now. */
  readonly opensAt: number | undefined;
}

/** The shortest first. */
export function windowUse(budget: Budget, counted: readonly CountedCalls[]): WindowUse[] {
  return countedWindows(budget).map(({ calls, perMs }) => {
    const own = counted.filter((each) => each.perMs === perMs).sort((a, b) => a.until - b.until);
    const used = own.reduce((sum, each) => sum + each.calls, 0);
    const kept = perMs >= LONG_WINDOW_MS ? Math.floor(calls * (budget.reserve ?? RESERVE) + 1e-6) : 0;
    return {
      calls: Math.floor(calls),
      perMs,
      used,
      kept,
      opensAt: opensAt(own, used, Math.max(1, calls - kept)),
    };
  });
}

/** Once so many have left it that one more has room. */
function opensAt(own: readonly CountedCalls[], used: number, most: number): number | undefined {
  let left = used;
  if (left < most) return undefined;
  for (const { calls, until } of own) {
    left -= calls;
    if (left < most) return until;
  }
  return own.at(-1)?.until;
}
