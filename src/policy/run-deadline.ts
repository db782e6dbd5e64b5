/** Until when the run of a tick may begin keys: a length of time after the tick, or a time of day by which values are wanted. */
import { quote } from '../core/quote.ts';
import { DAY_MS, formatDuration, parseDuration, UnitError } from '../core/units.ts';
import { nominalTimes } from './nominal-times.ts';
import { timeOfDay } from './window-text.ts';

export type RunDeadline =
  /** In ms after the nominal time; 0 is none. */
  | { readonly after: number }
  /** In ms of the local day. */
  | { readonly timeOfDay: number };

/** `4h`, or `06:00`. Throws a `UnitError`. */
export function parseDeadline(text: string): RunDeadline {
  if (!text.includes(':')) return { after: parseDuration(text) };
  const time = timeOfDay(text.trim());
  if (time === undefined || time === DAY_MS)
    throw new UnitError(
      `${quote(text)} is not a deadline; write a duration such as 4h, or a time of day such as 06:00`,
    );
  return { timeOfDay: time };
}

/** For people: `4h`, or `06:00`. */
export function deadlineText(deadline: RunDeadline): string {
  if ('after' in deadline) return formatDuration(deadline.after);
  const minutes = deadline.timeOfDay / 60_000;
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/**
 * Gives the deadline of a tick, in ms since the epoch, of its nominal time; undefined where there is none. A time of day is the
 * next one after the tick. A tick that was moved out of a gap of the clocks, to that very time, is too late for it.
 */
export function deadlinesOf(
  deadline: RunDeadline,
  timezone: string | undefined,
  isMoved: (nominal: number) => boolean,
): (nominal: number) => number | undefined {
  if ('after' in deadline) return (nominal) => (deadline.after > 0 ? nominal + deadline.after : undefined);
  const minutes = deadline.timeOfDay / 60_000;
  const cron = `${minutes % 60} ${Math.floor(minutes / 60)} * * *`;
  const { next } = nominalTimes({ cron, timezone });
  return (nominal) => next(isMoved(nominal) ? nominal - 1 : nominal);
}
