/**
 * What becomes of the nominal times that have passed since a schedule was last looked at: a pure function. Each of them ends:
 * it fires, or it is skipped with a reason.
 *
 * The newest time that has passed is on time for a minute: a busy process or a short election is no outage. All others were
 * missed. `skip` lets them go; `once` makes up for them with the newest of them, where no newer one fires; `all` fires each of
 * them, the oldest first. Only what is within the catch-up window is made up for.
 */
import type { NominalTimes } from './nominal-times.ts';

export const MISSED_POLICIES = ['skip', 'once', 'all'] as const;
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

export interface MissedRules {
  readonly missed: MissedPolicy;
  /** How far back missed times are made up for, in ms. */
  readonly catchUp: number;
  /** How long after its time a tick is of use, in ms; 0 is for ever. */
  readonly latest: number;
}

export type TickEnd =
  | { readonly nominal: number; readonly end: 'fire' }
  | { readonly nominal: number; readonly end: 'skip'; readonly reason: 'missed' | 'too-late' | 'paused' };

export interface TickEnds {
  /** In order, the oldest first. */
  readonly ticks: readonly TickEnd[];
  /** Times before the ticks, all of them missed, which were too many to list; undefined when there are none. */
  readonly skippedRange: { readonly from: number; readonly to: number } | undefined;
  /** Up to when everything has ended. */
  readonly cursor: number;
}

/** The newest time that has passed is on time for so long, in ms. */
const ON_TIME_MS = 60_000;
/** No more times are looked at one by one. */
const MOST_TIMES = 1_000;

/** What has ended of the times after `cursor` and up to `now`, both in ms since the epoch. */
export function passedTimes(times: NominalTimes, cursor: number, now: number, rules: MissedRules): TickEnds {
  const { nominals, skippedRange } = listed(times, cursor, now);
  const last = nominals.at(-1);
  if (last === undefined) return { ticks: [], skippedRange, cursor };
  const isOnTime = now - last <= ON_TIME_MS;
  const missed = isOnTime ? nominals.slice(0, -1) : nominals;
  const madeUp = new Set(madeUpFor(missed, now, isOnTime, rules));
  const ticks = nominals.map((nominal): TickEnd => {
    if (!madeUp.has(nominal) && !(isOnTime && nominal === last))
      return { nominal, end: 'skip', reason: 'missed' };
    const isTooLate = rules.latest > 0 && now - nominal > rules.latest;
    return isTooLate ? { nominal, end: 'skip', reason: 'too-late' } : { nominal, end: 'fire' };
  });
  return { ticks, skippedRange, cursor: last };
}

/** The same times where the schedule is paused: all of them are skipped. */
export function whilePaused(ends: TickEnds): TickEnds {
  const ticks = ends.ticks.map(({ nominal }): TickEnd => ({ nominal, end: 'skip', reason: 'paused' }));
  return { ...ends, ticks };
}

function madeUpFor(
  missed: readonly number[],
  now: number,
  isOnTime: boolean,
  { missed: policy, catchUp }: MissedRules,
): readonly number[] {
  const within = missed.filter((nominal) => now - nominal <= catchUp);
  if (policy === 'all') return within;
  if (policy === 'skip' || isOnTime) return [];
  // Only the newest of all stands for the others: an older one would fetch what the newest was to fetch.
  return within.slice(-1);
}

/** The newest times that have passed, and the range of those before that are too many to list. */
function listed(times: NominalTimes, cursor: number, now: number) {
  let nominals = timesFrom(times, cursor, now);
  if (nominals.length <= MOST_TIMES) return { nominals, skippedRange: undefined };
  const from = nominals[0] ?? cursor;
  // Half of what has passed is left out until few enough are left: so many steps as a number has digits.
  let start = cursor;
  while (nominals.length > MOST_TIMES) {
    start += (now - start) / 2;
    nominals = timesFrom(times, start, now);
  }
  return { nominals, skippedRange: { from, to: start } };
}

/** At most one more than `MOST_TIMES`. */
function timesFrom(times: NominalTimes, after: number, until: number): number[] {
  const found: number[] = [];
  for (let at = times.next(after); at !== undefined && at <= until; at = times.next(at)) {
    found.push(at);
    if (found.length > MOST_TIMES) break;
  }
  return found;
}
