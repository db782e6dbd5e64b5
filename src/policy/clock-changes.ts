/** When the clocks of a zone change next, and what that does to the times of a schedule. Pure functions. */
import { DAY_MS } from '../core/units.ts';
import { lossesOf } from './gap-times.ts';
import { localText, offsetsOf } from './local-time.ts';
import { nominalTimes, type TimeRule } from './nominal-times.ts';
import { noted, preview, type TimePreview } from './preview.ts';
import { deadlineText, type RunDeadline } from './run-deadline.ts';
import { deadlinesOfRule } from './tick-rules.ts';

/** The clocks of a zone are set forward (`ms` above 0) or back at an instant, in ms since the epoch. */
export interface ZoneChange {
  readonly at: number;
  readonly ms: number;
}

/** Zones change their clocks less often than this, in ms. */
const APART_MS = 10 * DAY_MS;
/** A zone that has not changed its clocks within this, in ms, does not do so each year. */
const LOOKED_AHEAD_MS = 366 * DAY_MS;

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

/**
 * The first `count` times of a schedule to which a change does something, with what it does; none of one that does not notice. What
 * another change does, later, is not said.
 */
export function timesAt(
  rule: TimeRule,
  deadline: RunDeadline,
  change: ZoneChange,
  count: number,
): TimePreview[] {
  const { at, ms } = change;
  // Clocks that go back show the times of this long before the change twice, and of this long after it.
  const from = at + Math.min(0, ms) - 1;
  const isMissed = lossesOf(rule)(from, at) !== undefined;
  const shown = preview(rule, from, count).filter(
    ({ notes, at: time }, i) =>
      notes.length > 0 && (Date.parse(time) < at + Math.abs(ms) || (i === 0 && isMissed)),
  );
  const tick = tickOfDeadline(rule, deadline, change);
  if (tick === undefined) return shown;
  const others = shown.filter(({ at: time }) => time !== tick.at);
  const same = shown.find(({ at: time }) => time === tick.at);
  return [noted(tick, [...(same?.notes ?? []), ...tick.notes]), ...others]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .slice(0, count);
}

/** The first tick whose deadline is a time of day that the change leaves out, or that clocks show twice then. */
function tickOfDeadline(
  rule: TimeRule,
  deadline: RunDeadline,
  { at, ms }: ZoneChange,
): Omit<TimePreview, 'note'> | undefined {
  if ('after' in deadline) return undefined;
  const offsetAt = offsetsOf(rule.timezone);
  // What clocks show at the change, in ms as if it were UTC: forward, the first time that does not exist; back, that is shown twice.
  const wall = at + (ms > 0 ? offsetAt(at - 1) : offsetAt(at));
  const into = (((deadline.timeOfDay - wall) % DAY_MS) + DAY_MS) % DAY_MS;
  if (into >= Math.abs(ms)) return undefined;
  const end = ms > 0 ? at : at + ms + into;
  const before = end - DAY_MS + (ms > 0 ? into : 0);
  const tick = firstOf(rule, deadline, before, end);
  if (tick === undefined) return undefined;
  const local = localText(end, offsetAt(end));
  const day = local.slice(0, 10);
  const is =
    ms > 0
      ? `does not exist on ${day}, since clocks go forward by ${ms / 60_000} min: it ends at ${local}`
      : `comes twice on ${day}, since clocks go back by ${-ms / 60_000} min: it ends at the first, ${local}`;
  const late = tick >= end ? '; it begins no key, since that has passed' : '';
  return {
    at: new Date(tick).toISOString(),
    local: localText(tick, offsetAt(tick)),
    notes: [{ kind: 'deadline', text: `its deadline ${deadlineText(deadline)} ${is}${late}` }],
  };
}

/** The first tick of a rule, from the deadline before it on, that has this very deadline. */
function firstOf(rule: TimeRule, deadline: RunDeadline, before: number, end: number): number | undefined {
  const deadlineOf = deadlinesOfRule(deadline, rule);
  const { next } = nominalTimes(rule);
  for (let at = next(before - 1); at !== undefined && at <= end; at = next(at))
    if (deadlineOf(at) === end) return at;
  return undefined;
}

/** `2027-03-14T03:00:00-06:00`: what the clocks of the zone show at the change. */
export function changeText(timezone: string, { at }: ZoneChange): string {
  return localText(at, offsetsOf(timezone)(at));
}
