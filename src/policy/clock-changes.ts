/** When the clocks of a zone change next, and what that does to the times of a schedule. Pure functions. */
import { DAY_MS } from '../core/units.ts';
import { localText, offsetsOf } from './local-time.ts';
import type { TimeRule } from './nominal-times.ts';
import { preview, type TimePreview } from './preview.ts';

/** The clocks of a zone are set forward (`ms` above 0) or back at an instant, in ms since the epoch. */
export interface ZoneChange {
  readonly at: number;
  readonly ms: number;
}

/** Zones change their clocks less often than this, in ms. */
const APART_MS = 10 * DAY_MS;
/** A zone that has not changed its clocks within this, in ms, does not do so each year. */
const LOOKED_AHEAD_MS = 366 * DAY_MS;
/** Times of a schedule that are shown: more of one that fires each minute tell nothing new. */
const SHOWN = 3;

/** The first change after an instant, within a year; undefined: there is none. */
export function nextChange(timezone: string | undefined, after: number): ZoneChange | undefined {
  const offsetAt = offsetsOf(timezone);
  for (let from = after; from < after + LOOKED_AHEAD_MS; from += APART_MS) {
    let [low, high] = [from, from + APART_MS];
    const [before, then] = [offsetAt(low), offsetAt(high)];
    if (before === then) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return { at: high, ms: then - before };
  }
  return undefined;
}

/** The times of a rule to which a change does something, with what it does; none of a rule that does not notice. */
export function timesAt(rule: TimeRule, { at, ms }: ZoneChange): TimePreview[] {
  // Clocks that go back show the times of this long before the change twice.
  const from = at + Math.min(0, ms) - 1;
  return preview(rule, from, SHOWN).filter(({ note }) => note !== null);
}

/** `2027-03-14T03:00:00-06:00`: what the clocks of the zone show at the change. */
export function changeText(timezone: string, { at }: ZoneChange): string {
  return localText(at, offsetsOf(timezone)(at));
}
