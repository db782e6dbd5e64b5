/** Times that callers name: text without a time zone is of the schedules that it is for, as in the configuration. */
import { ForewarmError } from '../../core/errors.ts';
import { quote } from '../../core/quote.ts';
import { type WrittenTime, writtenTimeOf } from '../../core/written-time.ts';
import { endIn, instantIn, USUAL_TIMEZONE } from '../../policy/local-time.ts';
import type { AskedTime } from '../shapes.ts';

/** What a time is for. */
interface OfZone {
  readonly rule: { readonly timezone?: string | undefined };
}

/** As it was written; a number is an instant. Throws `E_REQUEST_INVALID` for text that is no time. */
export function writtenOf(time: AskedTime): WrittenTime {
  if (typeof time === 'number') return { at: time, isInstant: true, isDay: false };
  const written = writtenTimeOf(time.trim());
  if (written !== undefined) return written;
  const message = `${quote(time)} is not a time; write ISO 8601, such as 2027-01-04T06:00 or 2027-01-04T06:00Z`;
  throw new ForewarmError('E_REQUEST_INVALID', message);
}

/**
 * A time for some schedules, in ms since the epoch; `end`: up to which something lasts, so that a day is there until it is over. Throws
 * `E_REQUEST_INVALID` for a time without a zone where the schedules have several.
 */
export function timeFor(
  time: AskedTime,
  schedules: readonly OfZone[],
  edge: 'begin' | 'end' = 'begin',
): number {
  const written = writtenOf(time);
  const zone = written.isInstant ? undefined : zoneOf(schedules, written);
  return edge === 'end' ? endIn(written, zone) : instantIn(written, zone);
}

function zoneOf(schedules: readonly OfZone[], time: WrittenTime): string | undefined {
  const zones = [...new Set(schedules.map(({ rule }) => rule.timezone ?? USUAL_TIMEZONE))];
  if (zones.length < 2) return zones[0];
  const written = new Date(time.at).toISOString().slice(0, time.isDay ? 10 : 16);
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `${written} names no time zone, and these schedules have several: ${zones.join(', ')}; write one behind it, such as Z or +01:00, or name schedules of one zone`,
  );
}

/**
 * Up to when a range of the past reaches: until now, unless given. Of a day that is not over yet there is as much as has passed;
 * what is in the future otherwise stays so, to be refused.
 */
export function endOfRange(to: AskedTime | null, schedule: OfZone, now: number): number {
  if (to === null) return now;
  const last = timeFor(to, [schedule], 'end');
  return writtenOf(to).isDay ? Math.min(last, Math.max(now, timeFor(to, [schedule]))) : last;
}
