/**
 * The times that have passed in a row, as far as they can be looked at one by one: the newest as a list, older ones for a count, and
 * what is beyond as a range. A schedule of each second names more times in a month than a process may look at while others wait.
 */
import type { NominalTimes } from './nominal-times.ts';

/** Both are times of the schedule. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface RecentTimes {
  /** The newest, the oldest first. */
  readonly newest: readonly number[];
  /** Those before them, from the oldest on. */
  readonly older: readonly number[];
  /** Those between the two, which are too many to look at; undefined when there are none. */
  readonly between: TimeRange | undefined;
}

/** No more times are listed; of more, so many and at least half of that. */
export const MOST_LISTED = 1_000;
/** No more of the older ones are looked at. */
export const MOST_COUNTED = 10_000;

/** The times after `cursor` and up to `now`, both in ms since the epoch. */
export function recentTimes(times: NominalTimes, cursor: number, now: number): RecentTimes {
  const first = timesFrom(times, cursor, now, MOST_LISTED + 1);
  if (first.length <= MOST_LISTED) return { newest: first, older: [], between: undefined };
  const newest = newestOf(times, first, now);
  const [begin = now] = newest;
  const older = timesFrom(times, cursor, begin - 1, MOST_COUNTED + 1);
  if (older.length <= MOST_COUNTED) return { newest, older, between: undefined };
  const from = older.pop() ?? cursor;
  return { newest, older, between: { from, to: lastBefore(times, from, begin) } };
}

/** At most `most` of them. */
function timesFrom(times: NominalTimes, after: number, until: number, most: number): number[] {
  const found: number[] = [];
  for (let at = times.next(after); at !== undefined && at <= until; at = times.next(at)) {
    found.push(at);
    if (found.length === most) break;
  }
  return found;
}

/**
 * Where they begin is searched by halves. The first guess is for times that are evenly spaced; where they come in bursts, such as each
 * second of one hour of the day, the newest may be long ago. `first`: one more than can be listed.
 */
function newestOf(times: NominalTimes, first: readonly number[], now: number): readonly number[] {
  const [oldest = now] = first;
  const span = (first.at(-1) ?? now) - oldest;
  // After `low` there are too many; after `high` too few.
  let [low, high] = [oldest - 1, now];
  let after = Math.max(low, now - span);
  for (;;) {
    const found = timesFrom(times, after, now, MOST_LISTED + 1);
    if (found.length > MOST_LISTED) low = after;
    else if (found.length >= MOST_LISTED / 2 || high - low <= 1) return found;
    else high = after;
    after = Math.floor((low + high) / 2);
  }
}

/** The last time before `begin`, which is one; `from` is an earlier one. */
function lastBefore(times: NominalTimes, from: number, begin: number): number {
  let [last, high] = [from, begin];
  for (;;) {
    const next = times.next(last) ?? begin;
    if (next >= begin) return last;
    const middle = Math.floor((next + high) / 2);
    const found = times.next(middle - 1) ?? begin;
    // With none between the middle and `begin`, it lies before the middle.
    if (found >= begin) [last, high] = [next, middle];
    else last = found;
  }
}
