/** Local times of time zones: what clocks on the wall show at an instant, and where they jump. */

import { DAY_MS } from '../core/units.ts';
import type { WrittenTime } from '../core/written-time.ts';

/** Ms that the zone is ahead of UTC at an instant. */
export type OffsetAt = (at: number) => number;

/** Of what names no zone. Not the machine's: hosts of two zones would take one text for two lists of times. */
export const USUAL_TIMEZONE = 'UTC';

/**
 * A format takes longer to make than to use a hundred times; and there are as many as there are zones. The usual one needs none: where
 * there is no other, the data of all languages need not be loaded.
 */
const known = new Map<string, OffsetAt>([[USUAL_TIMEZONE.toLowerCase(), () => 0]]);

/** By the time zone database of the runtime. Throws a RangeError for what is no zone. */
export function offsetsOf(timezone = USUAL_TIMEZONE): OffsetAt {
  // Names of zones have no case.
  const name = timezone.toLowerCase();
  const offsetAt = known.get(name) ?? readOffsets(timezone);
  known.set(name, offsetAt);
  return offsetAt;
}

function readOffsets(timezone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    ...{ era: 'short', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
  });
  return (at) => {
    const whole = Math.floor(at / 1_000) * 1_000;
    const part = new Map(format.formatToParts(whole).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes) => Number(part.get(type));
    const wall = Date.UTC(
      number('year'),
      number('month') - 1,
      number('day'),
      number('hour'),
      number('minute'),
      number('second'),
    );
    return wall - whole;
  };
}

/** Whether the database knows it. */
export function isTimezone(name: string): boolean {
  try {
    offsetsOf(name);
    return true;
  } catch {
    return false;
  }
}

/** `2027-03-14T03:00:00-06:00`: what the clock shows, with its distance from UTC (RFC 3339). */
export function localText(at: number, offset: number): string {
  const wall = new Date(at + offset).toISOString().slice(0, 19);
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return offset === 0 ? `${wall}Z` : `${wall}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * The instant at which clocks show a time (`wall`: that time as if it were UTC). Of two it is the first; of a time that a change of
 * the clocks leaves out, the first instant after the change.
 */
export function instantOf(wall: number, offsetAt: OffsetAt): number {
  const [before, after] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(wall - offset) === offset) return wall - offset;
  }
  let [low, high] = [wall - after - DAY_MS, wall - before + DAY_MS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** A time as it was written: one that names no zone is of `timezone`. */
export function instantIn({ at, isInstant }: WrittenTime, timezone: string | undefined): number {
  return isInstant ? at : instantOf(at, offsetsOf(timezone));
}

/** The same, of a time up to which something lasts: a day lasts until it is over, in ms since the epoch. */
export function endIn(time: WrittenTime, timezone: string | undefined): number {
  return time.isDay ? instantIn({ ...time, at: time.at + DAY_MS }, timezone) - 1 : instantIn(time, timezone);
}

/** No zone has moved its clocks by more at once, but for changes of the calendar day. */
const LONGEST_SHIFT_MS = 3 * 3_600_000;

/** `gap`: the clock was set forward at this very instant. `first`, `second`: it shows this time twice, and this is which. */
export type ClockChange =
  | { readonly kind: 'gap'; readonly ms: number }
  | { readonly kind: 'first' | 'second'; readonly ms: number }
  | undefined;

/** What the clocks of a zone do around an instant. */
export function clockChangeAt(at: number, offsetAt: OffsetAt): ClockChange {
  const offset = offsetAt(at);
  const before = offsetAt(at - 1_000);
  if (offset > before) return { kind: 'gap', ms: offset - before };
  for (const shift of shiftsAround(at, offsetAt)) {
    if (offsetAt(at + shift) === offset - shift) return { kind: 'first', ms: shift };
    if (offsetAt(at - shift) === offset + shift) return { kind: 'second', ms: shift };
  }
  return undefined;
}

/** By how much the clock is set back within some hours of an instant, in ms. */
function shiftsAround(at: number, offsetAt: OffsetAt): number[] {
  const offsets = [at - LONGEST_SHIFT_MS, at, at + LONGEST_SHIFT_MS].map(offsetAt);
  const shifts = offsets.slice(1).map((offset, i) => (offsets[i] ?? offset) - offset);
  return shifts.filter((shift) => shift > 0);
}
