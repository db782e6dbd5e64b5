/**
 * Windows: times at which a schedule does not fire, such as a maintenance, the hours of a market or a freeze. A window is local
 * to a time zone, unless its ends are instants. It begins with its first instant, and ends before its last one.
 */
import { instantOf, type OffsetAt } from './local-time.ts';

export type Window =
  /** Between two instants, in ms since the epoch. */
  | { readonly kind: 'instants'; readonly from: number; readonly to: number }
  /** Between what clocks on the wall show twice, in ms, as if that were UTC. */
  | { readonly kind: 'local'; readonly from: number; readonly to: number }
  /** On some days of the week (0 is Sunday), between two times of day in ms; where `to` is not after `from`, until the next day. */
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly from: number; readonly to: number };

const DAY_MS = 86_400_000;

/** Whether an instant is inside. */
export function covers(window: Window, at: number, offsetAt: OffsetAt): boolean {
  return endOf(window, at, offsetAt) !== undefined;
}

/** Whether an instant is inside one of them. */
export function coveredBy(windows: readonly Window[], at: number, offsetAt: OffsetAt): boolean {
  return windows.some((window) => covers(window, at, offsetAt));
}

/** The first instant after a window that an instant is inside; undefined where it is outside. */
function endOf(window: Window, at: number, offsetAt: OffsetAt): number | undefined {
  if (window.kind === 'instants') return at >= window.from && at < window.to ? window.to : undefined;
  const wall = at + offsetAt(at);
  const end = window.kind === 'local' ? localEnd(window, wall) : weeklyEnd(window, wall);
  if (end === undefined) return undefined;
  const first = instantOf(end, offsetAt);
  // Clocks that were set back show the end once more, and come from inside the window.
  return first > at ? first : at + (end - wall);
}

function localEnd({ from, to }: Extract<Window, { kind: 'local' }>, wall: number): number | undefined {
  return wall >= from && wall < to ? to : undefined;
}

function weeklyEnd(
  { days, from, to }: Extract<Window, { kind: 'weekly' }>,
  wall: number,
): number | undefined {
  const today = Math.floor(wall / DAY_MS) * DAY_MS;
  const length = to > from ? to - from : to - from + DAY_MS;
  // What began yesterday may last into today.
  for (const day of [today - DAY_MS, today]) {
    const begin = day + from;
    if (days.includes(new Date(day).getUTCDay()) && wall >= begin && wall < begin + length)
      return begin + length;
  }
  return undefined;
}

/** As many windows, one behind the other, are looked through; what is covered for longer is covered for ever. */
const MOST_STEPS = 5_000;

/** The first instant from `at` on that no window covers; undefined when there is none. */
export function freeFrom(windows: readonly Window[], at: number, offsetAt: OffsetAt): number | undefined {
  let free = at;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const ends = windows.map((window) => endOf(window, free, offsetAt)).filter((end) => end !== undefined);
    if (ends.length === 0) return free;
    free = Math.max(...ends);
  }
  return undefined;
}
