/**
 * How the limits of an origin follow what it can bear: a pure function from one window to the next.
 *
 *     configured ──the first "slow down"──> lowered ──growth──> configured
 *                                            ^   └──"slow down"──┐
 *                                            └───────────────────┘
 *
 * Where the figures come from:
 *
 * - Nothing changes before the first "slow down"; then a limit is multiplied by 0.7, once for all calls that were permitted
 *   under the same limits, and the rate never grows beyond twice what was measured: the adaptive mode of the AWS SDKs
 *   (smithy, `ClientRateLimiter`: beta 0.7, capacity at least 1, new rate at most twice the measured one).
 * - An origin limits calls at the same time, or calls per second, and seldom says which. What was exceeded is lowered, and the other
 *   stays: an origin that bears four calls at a time, of which the rate is cut, is called far less than it bears, and is still
 *   asked for five at a time. Which it was is told by the calls (`budget/levels.ts`); of a single call at a time it is the rate.
 * - Growth has the shape of CUBIC's (RFC 9438, 4.2): fast towards the limit that was last found too high, slow around it,
 *   and faster the further it goes beyond. Unlike there, all is relative to that limit, so that an origin of two calls a
 *   second and one of a thousand take the same time; the plateau lies a little below it, and the power is five: it is
 *   flatter, and steeper beyond. So an origin is called at more than nine tenths of what it allows, is asked for too much
 *   about once in 23 seconds, and one that allows ten times as much again has all of it within 45. Until a limit was found
 *   twice at about the same place it is searched for, four times as fast: the first figures come from moments, and a limit that was
 *   lowered in error is back within ten seconds. A pause does not count: nothing is learned in it.
 * - Limits grow only while at least half of them is used (Netflix concurrency-limits, `AIMDLimit`, `Gradient2Limit`): what
 *   is not used proves nothing.
 * - Failures and slow answers are no measure of a limit, since they have causes of their own. Slow ones only hold growth
 *   back (p90 over twice the long average of calls of the same kind; Gradient2's tolerance is 1.5 to 2). A window in
 *   which most calls fail counts as one "slow down", however many they were, and only where there was a real one.
 */

/** What an origin may limit: calls at the same time, or calls per second. */
export type LimitKind = 'concurrency' | 'rate';

/** What holds at an origin. A rate is calls per second, `Infinity` without one. */
export interface Limit {
  readonly rate: number;
  readonly permits: number;
}

/** Limits that were lowered, and why. */
export interface LoweredLimit extends Limit {
  /** What was found too high last. */
  readonly top: Limit;
  /** It was found at about the same place before. Until then it is searched for: growth is faster. */
  readonly confirmed: boolean;
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
  /** The origin asked for fewer calls, of one that was permitted under these limits: which limit was exceeded, as it seems. */
  readonly throttled: LimitKind | undefined;
  /** Until when nobody calls the origin, or did; ms since the epoch, 0 when it was not paused. */
  readonly pausedUntil: number;
  /** Most calls of a process failed. */
  readonly failing: boolean;
  /** Answers took far longer than calls of their kind do. */
  readonly slow: boolean;
}

const CUT = 0.7;
/** Cut again so soon, in ms, calls at the same time are cut by more: what is configured may be many times what is borne. */
const AGAIN_MS = 5_000;
const CUT_AGAIN = 0.5;
/** How long after a cut the plateau is reached, and where it lies, as a part of what was found too high. */
const PLATEAU_MS = 14_000;
const PLATEAU = 0.97;
const POWER = 5;
/** While a limit is searched for, all of that is so many times faster. */
const SEARCH = 4;
/** A limit grows by no more than this at once: what is too much is found before it is far too much. */
const STEP = 1.3;
/** Tops that differ by no more than this are the same. */
const SAME = 4 / 3;
/** Limits are cut once in this time at most, and grow once in it: a second is the shortest window that origins count by. */
export const LIMIT_WINDOW_MS = 1_000;
/** So much more than what was too high, and it is free again: without a configured rate there is nothing to grow back to. */
const FREE_AT = 3;
/** What an origin could not bear so long ago says nothing of now. */
export const FORGOTTEN_AFTER_MS = 10 * 60_000;
/** The rate is never lowered below one call in this many seconds, unless less is configured: an origin that wants none is paused. */
const LEAST_RATE = 0.5;
/** Counting by the second is as coarse as this. */
const MEASURED_SHORT = 1.1;

/** Undefined while the configured limits hold. */
export function nextLimit(known: LoweredLimit | undefined, window: LimitWindow): LoweredLimit | undefined {
  const { now, throttled, failing } = window;
  if (known === undefined || now - known.cutAt >= LIMIT_WINDOW_MS) {
    if (throttled === 'concurrency' && mayBeTogether(known, window)) return fewerTogether(known, window);
    if (throttled !== undefined) return slower(known, window, RATE);
  }
  if (known === undefined) return undefined;
  if (failing && now - known.cutAt >= LIMIT_WINDOW_MS) return slower(known, window, FAILING);
  if (now - known.cutAt > FORGOTTEN_AFTER_MS) return undefined;
  return grown(known, window);
}

/** Why limits were lowered, for people. */
const TOGETHER = 'the origin said "slow down": too many calls at the same time';
const RATE = 'the origin said "slow down": too many calls per second';
const FAILING = 'most calls failed, after it had said "slow down"';

/** A limit that was not reached was not the one that was too high; and of one call at a time, none is. */
function togetherAt(known: LoweredLimit | undefined, { ceiling, used }: LimitWindow): number {
  return Math.floor(Math.min((known ?? ceiling).permits, Math.max(used.permits, 1)));
}

function mayBeTogether(known: LoweredLimit | undefined, window: LimitWindow): boolean {
  return togetherAt(known, window) > 1;
}

function fewerTogether(known: LoweredLimit | undefined, window: LimitWindow): LoweredLimit {
  const { rate } = known ?? window.ceiling;
  const permits = togetherAt(known, window);
  const top = { rate: known?.top.rate ?? rate, permits };
  const isAgain = known !== undefined && window.now - known.cutAt < AGAIN_MS;
  return lowered(known, window, { rate, permits: permits * (isAgain ? CUT_AGAIN : CUT) }, top, TOGETHER);
}

function slower(known: LoweredLimit | undefined, window: LimitWindow, reason: string): LoweredLimit {
  const { ceiling, used } = window;
  const { rate, permits } = known ?? ceiling;
  const top = {
    rate: Math.min(rate, Math.max(used.rate * MEASURED_SHORT, LEAST_RATE)),
    permits: known?.top.permits ?? permits,
  };
  return lowered(known, window, { rate: Math.max(top.rate * CUT, leastOf(ceiling)), permits }, top, reason);
}

function lowered(
  known: LoweredLimit | undefined,
  { now, ceiling }: LimitWindow,
  next: Limit,
  top: Limit,
  reason: string,
): LoweredLimit {
  const confirmed =
    known !== undefined && isSame(known.top.rate, top.rate) && isSame(known.top.permits, top.permits);
  return {
    ...bounded(next, ceiling),
    ...{ top, confirmed, age: 0, since: known?.since ?? now, cutAt: now, at: now, reason },
  };
}

function grown(known: LoweredLimit, window: LimitWindow): LoweredLimit | undefined {
  const { now, ceiling, used, pausedUntil, slow, failing } = window;
  const { top } = known;
  const inUse = used.rate >= known.rate / 2 || used.permits >= known.permits / 2;
  const age =
    known.age + (inUse && !slow && !failing ? Math.max(0, now - Math.max(known.at, pausedUntil)) : 0);
  const factor = growthAt(age * (known.confirmed ? 1 : SEARCH));
  // Never beyond twice what was measured; what holds already is not taken away for that.
  const rate = Math.max(known.rate, Math.min(top.rate * factor, used.rate * 2, known.rate * STEP));
  const permits = Math.max(known.permits, Math.min(top.permits * factor, known.permits * STEP));
  const next = { ...known, ...bounded({ rate, permits }, ceiling), age, at: now };
  const isFree = ceiling.rate === Number.POSITIVE_INFINITY && factor >= FREE_AT;
  return (isFree || next.rate >= ceiling.rate) && next.permits >= ceiling.permits ? undefined : next;
}

/** The part of what was found too high that may be used so many ms later. */
function growthAt(age: number): number {
  return PLATEAU + (PLATEAU - CUT) * ((age - PLATEAU_MS) / PLATEAU_MS) ** POWER;
}

function isSame(before: number, now: number): boolean {
  return now === before || (now <= before * SAME && before <= now * SAME);
}

function bounded({ rate, permits }: Limit, ceiling: Limit): Limit {
  return { rate: Math.min(rate, ceiling.rate), permits: Math.max(1, Math.min(permits, ceiling.permits)) };
}

function leastOf({ rate }: Limit): number {
  return Math.min(LEAST_RATE, rate);
}
