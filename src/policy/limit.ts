/**
 * How the limits of an origin follow what it can bear: a pure function from one window to the next.
 *
 *     configured ──the first "slow down"──> lowered ──growth──> configured
 *                                            ^   └──"slow down"──┐
 *                                            └───────────────────┘
 *
 * Where the figures come from:
 *
 * - Nothing changes before the first "slow down"; then rate and permits are multiplied by 0.7, once for all calls that were
 *   permitted under the same limits, and never grow beyond twice what was measured: the adaptive mode of the AWS SDKs
 *   (smithy, `ClientRateLimiter`: beta 0.7, capacity at least 1, new rate at most twice the measured one).
 * - Growth has the shape of CUBIC's (RFC 9438, 4.2): fast towards the limit that was last found too high, slow around it,
 *   and faster the further it goes beyond. Unlike there, all is relative to that limit, so that an origin of two calls a
 *   second and one of a thousand take the same time; the plateau lies a little below it, and the power is five: it is
 *   flatter, and steeper beyond. So an origin is called at more than nine tenths of what it allows, is asked for too much
 *   about once in 23 seconds, and one that allows ten times as much again has all of it within 45.
 * - Limits grow only while at least half of them is used (Netflix concurrency-limits, `AIMDLimit`, `Gradient2Limit`): what
 *   is not used proves nothing.
 * - Failures and slow answers are no measure of a limit, since they have causes of their own. Slow ones only hold growth
 *   back (p90 over twice the long average of calls of the same kind; Gradient2's tolerance is 1.5 to 2). A window in
 *   which most calls fail counts as one "slow down", however many they were, and only where there was a real one.
 */

/** What holds at an origin. A rate is calls per second, `Infinity` without one. */
export interface Limit {
  readonly rate: number;
  readonly permits: number;
}

/** Limits that were lowered, and why. */
export interface LoweredLimit extends Limit {
  /** What was found too high last. */
  readonly top: Limit;
  /** Ms of use since the last cut: growth goes by this. */
  readonly age: number;
  /** When the limits were lowered first, and last, ms since the epoch. */
  readonly since: number;
  readonly cutAt: number;
  /** When this was decided, ms since the epoch. */
  readonly at: number;
  /** Why they were lowered last, for people. */
  readonly reason: string;
}

/** What was seen since the limits were last looked at, in all processes. */
export interface LimitWindow {
  /** Ms since the epoch. */
  readonly now: number;
  /** What is configured. */
  readonly ceiling: Limit;
  /** The most that was used lately: calls per second, and calls at the same time. */
  readonly used: Limit;
  /** The origin asked for fewer calls, of one that was permitted under these limits. */
  readonly throttled: boolean;
  /** Most calls of a process failed. */
  readonly failing: boolean;
  /** Answers took far longer than calls of their kind do. */
  readonly slow: boolean;
}

const CUT = 0.7;
/** How long after a cut the plateau is reached, and where it lies, as a part of what was found too high. */
const PLATEAU_MS = 14_000;
const PLATEAU = 0.97;
const POWER = 5;
/** Limits are cut once in this time at most, and grow once in it: a second is the shortest window that origins count by. */
export const LIMIT_WINDOW_MS = 1_000;
/** So much more than what was too high, and it is free again: without a configured rate there is nothing to grow back to. */
const FREE_AT = 3;
/** Calls in flight are part of the matter only where about all that are allowed were made. */
const SATURATED = 0.9;
/** What an origin could not bear so long ago says nothing of now. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;
/** The rate is never lowered below one call in this many seconds, unless less is configured: an origin that wants none is paused. */
const LEAST_RATE = 0.5;
/** Counting by the second is as coarse as this. */
const MEASURED_SHORT = 1.1;

/** Undefined while the configured limits hold. */
export function nextLimit(known: LoweredLimit | undefined, window: LimitWindow): LoweredLimit | undefined {
  if (known === undefined) return window.throttled ? lowered(undefined, window, THROTTLED) : undefined;
  if (window.now - known.cutAt >= LIMIT_WINDOW_MS) {
    if (window.throttled) return lowered(known, window, THROTTLED);
    if (window.failing) return lowered(known, window, FAILING);
  }
  if (window.now - known.cutAt > FORGOTTEN_AFTER_MS) return undefined;
  return grown(known, window);
}

const THROTTLED = 'the origin said "slow down"';
const FAILING = 'most calls failed, after it had said "slow down"';

function lowered(known: LoweredLimit | undefined, window: LimitWindow, reason: string): LoweredLimit {
  const { now, ceiling, used } = window;
  const limit = known ?? ceiling;
  const top = {
    // A limit that was not reached was not the one that was too high.
    rate: Math.min(limit.rate, Math.max(used.rate * MEASURED_SHORT, LEAST_RATE)),
    permits: limit.permits,
  };
  const isSaturated = used.permits >= Math.floor(limit.permits) * SATURATED;
  const permits = isSaturated ? top.permits * CUT : top.permits;
  const next = { rate: Math.max(top.rate * CUT, leastOf(ceiling)), permits };
  return {
    ...bounded(next, ceiling),
    ...{ top, age: 0, since: known?.since ?? now, cutAt: now, at: now, reason },
  };
}

function grown(known: LoweredLimit, window: LimitWindow): LoweredLimit | undefined {
  const { now, ceiling, used, slow, failing } = window;
  const { top } = known;
  const inUse = used.rate >= known.rate / 2 || used.permits >= known.permits / 2;
  const age = known.age + (inUse && !slow && !failing ? now - known.at : 0);
  const factor = growthAt(age);
  // Never beyond twice what was measured; what holds already is not taken away for that.
  const rate = Math.max(known.rate, Math.min(top.rate * factor, used.rate * 2));
  const permits = factor >= FREE_AT ? ceiling.permits : Math.max(known.permits, top.permits * factor);
  const next = { ...known, ...bounded({ rate, permits }, ceiling), age, at: now };
  const enough = ceiling.rate === Number.POSITIVE_INFINITY ? top.rate * FREE_AT : ceiling.rate;
  return next.rate >= enough && next.permits >= ceiling.permits ? undefined : next;
}

/** The part of what was found too high that may be used so many ms later. */
function growthAt(age: number): number {
  return PLATEAU + (PLATEAU - CUT) * ((age - PLATEAU_MS) / PLATEAU_MS) ** POWER;
}

function bounded({ rate, permits }: Limit, ceiling: Limit): Limit {
  return { rate: Math.min(rate, ceiling.rate), permits: Math.max(1, Math.min(permits, ceiling.permits)) };
}

function leastOf({ rate }: Limit): number {
  return Math.min(LEAST_RATE, rate);
}
