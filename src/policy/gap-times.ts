/**
 * Times of wildcards, ranges and steps that a change of the clocks leaves out: what clocks jump over has no instant, and unlike fixed
 * times (`moved-times.ts`) these are not moved. Mostly nothing is lost, since they go on by elapsed time: of every quarter of an hour,
 * the next comes a quarter later. Of those within some hours it is: `*\/30 2 * * *` has no time on a day without the hour from two to
 * three. A preview says so, and `config check`. Pure functions.
 */
import { DAY_MS } from '../core/units.ts';
import { fixedTimesOf } from './fixed-times.ts';
import { type OffsetAt, offsetsOf } from './local-time.ts';
import { nominalTimes, type TimeRule } from './nominal-times.ts';

/** The clocks go forward. */
export interface Gap {
  /** The first instant after it, in ms since the epoch. */
  readonly at: number;
  /** By how much, in ms. */
  readonly ms: number;
  /** What the clocks would have shown at `at`, in ms as if it were UTC: the times from here on do not exist, for `ms`. */
  readonly wall: number;
}

/** Zones change their clocks less often than this, in ms. */
const APART_MS = 10 * DAY_MS;

/** Between two instants, in ms since the epoch; the later one included. */
function* gapsBetween(offsetAt: OffsetAt, after: number, until: number): Generator<Gap> {
  for (let from = after; from < until; from += APART_MS) {
    let [low, high] = [from, Math.min(from + APART_MS, until)];
    const [before, ms] = [offsetAt(low), offsetAt(high) - offsetAt(low)];
    if (ms <= 0) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    yield { at: high, ms, wall: high + before };
  }
}

/**
 * Gives the first gap between two instants (ms since the epoch; the later one included) in which a schedule loses times: it would
 * have fired by what clocks would have shown, and fires no earlier for it afterwards.
 */
export function lossesOf(rule: TimeRule): (after: number, until: number) => Gap | undefined {
  if (!('cron' in rule) || fixedTimesOf(rule.cron) !== undefined) return () => undefined;
  const offsetAt = offsetsOf(rule.timezone);
  const { cron, timezone, start = Number.NEGATIVE_INFINITY } = rule;
  const { next } = nominalTimes({ cron, timezone });
  // The times that clocks show, as instants of a zone without changes.
  const shown = nominalTimes({ cron, timezone: 'UTC' });
  const isLoss = ({ at, ms, wall }: Gap) => {
    const lacking = shown.next(wall - 1);
    if (lacking === undefined || lacking >= wall + ms) return false;
    const expected = at + (lacking - wall);
    return (next(at - 1) ?? Number.POSITIVE_INFINITY) > expected;
  };
  return (after, until) => {
    for (const gap of gapsBetween(offsetAt, Math.max(after, start), until)) if (isLoss(gap)) return gap;
    return undefined;
  };
}

/** For people: `02:00 to 03:00 do not exist on 2027-03-14, since clocks go forward by 60 min`. */
export function gapText({ wall, ms }: Gap): string {
  const [from, to] = [wall, wall + ms].map((time) => new Date(time).toISOString().slice(11, 16));
  const day = new Date(wall).toISOString().slice(0, 10);
  return `${from} to ${to} do not exist on ${day}, since clocks go forward by ${ms / 60_000} min`;
}
