/**
 * What becomes of the nominal times that have passed since a schedule was last looked at: a pure function. Each of them ends:
 * it fires, or it is skipped with a reason.
 *
 * Times that are left out (`except`, or by hand) are skipped, whatever the policy. Of the others, the newest that has passed is on
 * time for a minute: a busy process or a short election is no outage. All others were missed. `skip` lets them go; `once` makes up
 * for them with the newest of them, where no newer one fires; `all` fires each of them, the oldest first. Only what is within the
 * catch-up window is made up for, and nothing inside a window of `except`. What would fire and is of no use any more is too late.
 *
 * Of more than a thousand times only the newest are looked at for what could be made up for. Those before end together, as a range for each
 * reason, with how many they are; those that somebody asked to be left out end one by one.
 */
import type { SkipReason } from '../core/skip-reason.ts';
import type { NominalTimes } from './nominal-times.ts';
import { type RecentTimes, recentTimes, type TimeRange } from './recent-times.ts';

export const MISSED_POLICIES = ['skip', 'once', 'all'] as const;
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

export interface MissedRules {
  readonly missed: MissedPolicy;
  /** How far back missed times are made up for, in ms. */
  readonly catchUp: number;
  /** How long after its time a tick is of use, in ms; 0 is for ever. */
  readonly latest: number;
}

/** Why nothing may begin, whatever the policy. */
export type LeftOut = Extract<SkipReason, 'excepted' | 'asked' | 'paused'>;

/** What else decides about a time. */
export interface TickTiming {
  /** When its tick is to begin, in ms since the epoch: at the time, or up to the jitter later. */
  readonly beginsAt: (nominal: number) => number;
  /** When the run that it makes has to have begun, in ms since the epoch; undefined where it may begin any time. */
  readonly deadlineOf: (nominal: number) => number | undefined;
  /** Why nothing may begin then, by the time that the schedule named and the one at which it would begin. */
  readonly leftOut: (nominal: number, begins: number) => LeftOut | undefined;
}

/** Times that begin at once, are never left out, and have no deadline. */
export const PLAIN: TickTiming = {
  beginsAt: (nominal) => nominal,
  deadlineOf: () => undefined,
  leftOut: () => undefined,
};

export type TickEnd =
  | { readonly nominal: number; readonly end: 'fire' }
  | { readonly nominal: number; readonly end: 'skip'; readonly reason: SkipReason };

/** Times that were too many to list. Between its ends there may be times that ended otherwise, and then are in another one. */
export interface SkippedRange extends TimeRange {
  readonly reason: SkipReason;
  /** How many they are; undefined where that are too many to count. */
  readonly count: number | undefined;
}

export interface TickEnds {
  /** In order, the oldest first. */
  readonly ticks: readonly TickEnd[];
  /** One for each reason: times before the listed ones. */
  readonly ranges: readonly SkippedRange[];
  /** Up to when everything has ended. */
  readonly cursor: number;
}

/** The newest time that has passed is on time for so long, in ms. */
export const ON_TIME_MS = 60_000;
/** What lives begins its ticks by then, in ms; what is later than that has met an outage, and looks whether a window has begun. */
const PROMPT_MS = 2_000;

/** What has ended of the times after `cursor` and up to `now`, both in ms since the epoch. */
export function passedTimes(
  times: NominalTimes,
  cursor: number,
  now: number,
  rules: MissedRules,
  timing: TickTiming = PLAIN,
): TickEnds {
  const { beginsAt, leftOut } = timing;
  const recent = recentTimes(times, cursor, now);
  const nominals = begun(recent.newest, now, timing);
  if (nominals.length === 0) return { ticks: [], ranges: [], cursor };
  const { ranges, asked } = olderEnds(recent, timing);
  const reasons = new Map(nominals.map((nominal) => [nominal, leftOut(nominal, beginsAt(nominal))]));
  const open = nominals.filter((nominal) => reasons.get(nominal) === undefined);
  const last = open.at(-1);
  const isOnTime = last !== undefined && now - beginsAt(last) <= ON_TIME_MS;
  const madeUp = new Set(madeUpFor(isOnTime ? open.slice(0, -1) : open, now, isOnTime, rules));
  const ticks = nominals.map((nominal): TickEnd => {
    const reason =
      reasons.get(nominal) ?? skipReason(nominal, now, isOnTime && nominal === last, madeUp, rules, timing);
    return reason === undefined ? { nominal, end: 'fire' } : { nominal, end: 'skip', reason };
  });
  return { ticks: [...asked, ...ticks], ranges, cursor: nominals.at(-1) ?? cursor };
}

function skipReason(
  nominal: number,
  now: number,
  isOnTime: boolean,
  madeUp: ReadonlySet<number>,
  { latest }: MissedRules,
  { beginsAt, deadlineOf, leftOut }: TickTiming,
): SkipReason | undefined {
  if (!isOnTime && !madeUp.has(nominal)) return 'missed';
  const isPrompt = isOnTime && now - beginsAt(nominal) <= PROMPT_MS;
  if (!isPrompt && leftOut(nominal, now) === 'excepted') return 'excepted';
  return isTooLate(nominal, now, latest, deadlineOf) ? 'too-late' : undefined;
}

/** Whether a tick that would begin now is of no use any more. */
export function isTooLate(
  nominal: number,
  now: number,
  latest: number,
  deadlineOf: TickTiming['deadlineOf'],
): boolean {
  return (latest > 0 && now - nominal > latest) || now >= (deadlineOf(nominal) ?? now + 1);
}

/** The same times where the schedule is paused: all of them are skipped. */
export function whilePaused(ends: TickEnds): TickEnds {
  const ticks = ends.ticks.map(({ nominal }): TickEnd => ({ nominal, end: 'skip', reason: 'paused' }));
  const ranges = ends.ranges.map((range) => ({ ...range, reason: 'paused' as const }));
  return { ...ends, ticks, ranges: joinedByReason(ranges) };
}

/** One range for each reason. */
export function joinedByReason(ranges: readonly SkippedRange[]): SkippedRange[] {
  const whole = new Map<SkipReason, SkippedRange>();
  for (const range of ranges) {
    const known = whole.get(range.reason);
    whole.set(range.reason, known === undefined ? range : joined(known, range));
  }
  return [...whole.values()];
}

/** Of two ranges of one reason; the reason of the first. */
function joined(one: SkippedRange, other: SkippedRange): SkippedRange {
  const count = one.count === undefined || other.count === undefined ? undefined : one.count + other.count;
  return { ...one, from: Math.min(one.from, other.from), to: Math.max(one.to, other.to), count };
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

/** The times whose ticks are to have begun: no jitter reaches the next time, so only the newest may have to wait. */
function begun(nominals: readonly number[], now: number, { beginsAt }: TickTiming): readonly number[] {
  const last = nominals.at(-1);
  return last !== undefined && beginsAt(last) > now ? nominals.slice(0, -1) : nominals;
}

/** How the times end that are not looked at for what could be made up for. */
function olderEnds(
  { older, between }: Pick<RecentTimes, 'older' | 'between'>,
  { beginsAt, leftOut }: TickTiming,
): { readonly ranges: readonly SkippedRange[]; readonly asked: readonly TickEnd[] } {
  const ranges: SkippedRange[] = [];
  const asked: TickEnd[] = [];
  for (const nominal of older) {
    const reason = leftOut(nominal, beginsAt(nominal)) ?? 'missed';
    if (reason === 'asked') asked.push({ nominal, end: 'skip', reason });
    else ranges.push({ from: nominal, to: nominal, reason, count: 1 });
  }
  if (between !== undefined) ranges.push({ ...between, reason: 'missed', count: undefined });
  return { ranges: joinedByReason(ranges), asked };
}
