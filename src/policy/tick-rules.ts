/** What decides about the ticks of a schedule, beside the times that it names. */
import { jitterOf } from './jitter.ts';
import { offsetsOf } from './local-time.ts';
import type { LeftOut, MissedRules, TickTiming } from './missed.ts';
import { movedTimesOf } from './moved-times.ts';
import { type NominalTimes, nominalTimes, type TimeRule } from './nominal-times.ts';
import type { OverlapPolicy } from './overlap.ts';
import type { Firing } from './preview.ts';
import { deadlinesOf, type RunDeadline } from './run-deadline.ts';
import { coveredBy, coversWritten, freeFrom, joinWindows, type Window, type Windows } from './windows.ts';

export interface TickRules extends MissedRules {
  readonly overlap: OverlapPolicy;
  /** In ms; 0 is none. */
  readonly jitter: number;
  /** When nothing fires. */
  readonly except: readonly Window[];
  /** A file of more windows; undefined is none. */
  readonly calendar: string | undefined;
  readonly deadline: RunDeadline;
}

/** A schedule's times, and what its rules make of each. */
export interface TimedSchedule {
  readonly name: string;
  readonly rule: TimeRule;
  readonly rules: TickRules;
  /** Of its calendar. */
  readonly windows: readonly Window[];
}

/** What people want otherwise than a schedule says. Times are in ms since the epoch. */
export interface Wishes {
  /** Times to leave out. */
  readonly asked: ReadonlySet<number>;
  /** Between the two nothing begins; without `until` there is no end. Undefined where there is no pause. */
  readonly pause: { readonly since: number; readonly until: number | undefined } | undefined;
}

export const NO_WISHES: Wishes = { asked: new Set(), pause: undefined };

export function timingOf(schedule: TimedSchedule, times: NominalTimes, wishes: Wishes): TickTiming {
  return timingWith(schedule, times, wishes, exceptedOf(schedule));
}

function exceptedOf({ rules, windows }: TimedSchedule): Windows {
  return joinWindows([...rules.except, ...windows]);
}

function timingWith(
  { name, rule, rules, windows }: TimedSchedule,
  times: NominalTimes,
  { asked, pause }: Wishes,
  excepted: Windows,
): TickTiming {
  const offsetAt = offsetsOf(rule.timezone);
  const isWhole = rules.except.length + windows.length === 0;
  const movedTo = movedTimesOf(rule);
  const isExcepted = (at: number) => coveredBy(excepted, at, offsetAt);
  const isMovedOut = (nominal: number) => {
    const { written, isMoved } = movedTo(nominal);
    return isMoved && written.every((wall) => coversWritten(excepted, wall));
  };
  return {
    beginsAt: (nominal) => nominal + jitterOf(name, nominal, rules.jitter, times),
    deadlineOf: deadlinesOf(rules.deadline, rule.timezone, (nominal) => movedTo(nominal).isMoved),
    leftOut(nominal, begins) {
      if (asked.has(nominal)) return 'asked';
      if (pause !== undefined && begins >= pause.since && begins < (pause.until ?? begins + 1))
        return 'paused';
      if (isWhole) return undefined;
      return isExcepted(nominal) || isExcepted(begins) || isMovedOut(nominal) ? 'excepted' : undefined;
    },
  };
}

export function deadlinesOfRule(deadline: RunDeadline, rule: TimeRule): TickTiming['deadlineOf'] {
  const movedTo = movedTimesOf(rule);
  return deadlinesOf(deadline, rule.timezone, (nominal) => movedTo(nominal).isMoved);
}

/** How many times in a row are looked at, between two windows, before a schedule is taken to fire no more. */
const MOST_LOOKED_AT = 10_000;

/** The times that are not left out, and when each begins. */
export function firingOf(schedule: TimedSchedule, wishes: Wishes): Firing {
  const times = nominalTimes(schedule.rule);
  const offsetAt = offsetsOf(schedule.rule.timezone);
  const excepted = exceptedOf(schedule);
  const { beginsAt, leftOut } = timingWith(schedule, times, wishes, excepted);
  const freeAfter = (at: number, reason: LeftOut) => {
    if (reason === 'excepted') return freeFrom(excepted, at, offsetAt);
    // A tick that begins late by intention begins up to its jitter after its time.
    return reason === 'paused' ? wishes.pause?.until && wishes.pause.until - schedule.rules.jitter : at;
  };
  const next = (after: number) => {
    let at = times.next(after);
    for (let looked = 0; at !== undefined && looked < MOST_LOOKED_AT; looked += 1) {
      const reason = leftOut(at, beginsAt(at));
      if (reason === undefined) return at;
      const free = freeAfter(at, reason);
      if (free === undefined) return undefined;
      at = times.next(Math.max(at, free - 1));
    }
    return undefined;
  };
  return { next, beginsAt };
}

/**
 * What `next` of the same schedule is to be asked for the first time that is still to begin: every time up to `cursor` has ended, and
 * of those that have passed since the newest may wait for its jitter.
 */
export function beforeNext(firing: Firing, jitter: number, cursor: number, now: number): number {
  let after = Math.max(cursor, now - jitter - 1);
  for (let at = firing.next(after); at !== undefined && at <= now; at = firing.next(after)) {
    if (firing.beginsAt(at) > now) return after;
    after = at;
  }
  return Math.max(cursor, now);
}
