/**
 * Windows: times at which a schedule does not fire, such as a maintenance, the hours of a market or a freeze. A window is local
 * to a time zone, unless its ends are instants. It begins with its first instant, and ends before its last one.
 */
import { DAY_MS } from '../core/units.ts';
import { instantOf, type OffsetAt } from './local-time.ts';

export type Window =
  /** Between two instants, in ms since the epoch. */
  | { readonly kind: 'instants'; readonly from: number; readonly to: number }
  /** Between what clocks on the wall show twice, in ms, as if that were UTC. */
  | { readonly kind: 'local'; readonly from: number; readonly to: number }
  /** On some days of the week (0 is Sunday), between two times of day in ms; where `to` is not after `from`, until the next day. */
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly from: number; readonly to: number };

const WEEK_MS = 7 * DAY_MS;
/** What a week of Sundays to Saturdays is ahead of one that begins with 1970, a Thursday. */
const THURSDAY_MS = 4 * DAY_MS;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** All of some windows, in spans that are in order and do not touch: a calendar may have thousands, and is asked thousands of times. */
export interface Windows {
  readonly instants: readonly Span[];
  readonly local: readonly Span[];
  /** In ms since the beginning of a Sunday. */
  readonly weekly: readonly Span[];
}

export function joinWindows(windows: readonly Window[]): Windows {
  return {
    instants: joined(windows.filter(({ kind }) => kind === 'instants')),
    local: joined(windows.filter(({ kind }) => kind === 'local')),
    weekly: joined(windows.flatMap((window) => (window.kind === 'weekly' ? weekSpans(window) : []))),
  };
}

function joined(spans: readonly Span[]): Span[] {
  const apart: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = apart.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}

/** What begins on a Saturday may last into the next week. */
function weekSpans({ days, from, to }: Extract<Window, { kind: 'weekly' }>): Span[] {
  const length = to > from ? to - from : to - from + DAY_MS;
  return days.flatMap((day) => {
    const begin = day * DAY_MS + from;
    const end = begin + length;
    const span = { from: begin, to: Math.min(end, WEEK_MS) };
    return end > WEEK_MS ? [span, { from: 0, to: end - WEEK_MS }] : [span];
  });
}

/** Whether an instant is inside one of the windows. */
export function coveredBy(cover: Windows, at: number, offsetAt: OffsetAt): boolean {
  return endOf(cover, at, offsetAt) !== undefined;
}

/** Whether a time is inside that was written as `wall` (in ms, as if that were UTC), and that clocks left out. */
export function coversWritten(cover: Windows, wall: number): boolean {
  return coveredBy({ ...cover, instants: [] }, wall, () => 0);
}

/** The last first instant after windows that an instant is inside; undefined where it is outside of all. */
function endOf({ instants, local, weekly }: Windows, at: number, offsetAt: OffsetAt): number | undefined {
  const ends: number[] = [];
  const end = endIn(instants, at);
  if (end !== undefined) ends.push(end);
  if (local.length + weekly.length > 0) {
    const wall = at + offsetAt(at);
    const week = Math.floor((wall + THURSDAY_MS) / WEEK_MS) * WEEK_MS - THURSDAY_MS;
    const weeklyEnd = endIn(weekly, wall - week);
    for (const shown of [endIn(local, wall), weeklyEnd && week + weeklyEnd])
      if (shown !== undefined) ends.push(afterWall(shown, wall, at, offsetAt));
  }
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** The first instant from `at` on at which clocks show `end`; at `at` they show `wall`. */
function afterWall(end: number, wall: number, at: number, offsetAt: OffsetAt): number {
  const first = instantOf(end, offsetAt);
  // Clocks that were set back show the end once more, and come from inside the window.
  return first > at ? first : at + (end - wall);
}

/** The end of the span that a time is inside. */
function endIn(spans: readonly Span[], at: number): number | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.from ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && at < span.to ? span.to : undefined;
}

/** As many spans, one behind the other, are looked through; what is covered for longer is covered for ever. */
const MOST_STEPS = 1_000;

/** The first instant from `at` on that no window covers; undefined when there is none. */
export function freeFrom(cover: Windows, at: number, offsetAt: OffsetAt): number | undefined {
  let free = at;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const end = endOf(cover, free, offsetAt);
    if (end === undefined) return free;
    free = end;
  }
  return undefined;
}
