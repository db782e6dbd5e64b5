/**
 * Fixed times that a change of the clocks leaves out: they run at the first instant after the gap, and are still what was written. So a
 * window around the written time counts for them, and a deadline that has come by that instant is over. A pure function.
 */
import { DAY_MS } from '../core/units.ts';
import { fixedTimesOf } from './fixed-times.ts';
import { clockChangeAt, offsetsOf } from './local-time.ts';
import type { TimeRule } from './nominal-times.ts';

export interface MovedTimes {
  /** What clocks would have shown at the times that were moved to this instant, in ms as if it were UTC; empty for one that was not moved. */
  readonly written: readonly number[];
  /** Whether the instant is no time of its own. */
  readonly isMoved: boolean;
}

const NOT_MOVED: MovedTimes = { written: [], isMoved: false };

/** Gives what a time of the schedule stands for. */
export function movedTimesOf(rule: TimeRule): (nominal: number) => MovedTimes {
  if ('every' in rule) return () => NOT_MOVED;
  if ('at' in rule) return (nominal) => listed(rule, nominal);
  const fixed = fixedTimesOf(rule.cron)?.times;
  if (fixed === undefined) return () => NOT_MOVED;
  const offsetAt = offsetsOf(rule.timezone);
  return (nominal) => {
    const change = clockChangeAt(nominal, offsetAt);
    if (change?.kind !== 'gap') return NOT_MOVED;
    const wall = nominal + offsetAt(nominal);
    const since = fixed.map((time) => (wall % DAY_MS) - time);
    const written = since.filter((ms) => ms > 0 && ms <= change.ms).map((ms) => wall - ms);
    return { written, isMoved: written.length > 0 && !since.includes(0) };
  };
}

function listed({ at, moved = [] }: Extract<TimeRule, { at: unknown }>, nominal: number): MovedTimes {
  const written = moved.filter((time) => time.at === nominal).map(({ wall }) => wall);
  const count = at.filter((time) => time === nominal).length;
  return { written, isMoved: written.length > 0 && count === written.length };
}
