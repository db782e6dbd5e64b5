/** What decides about the ticks of a schedule, beside the times that it names. */
import { jitterOf } from './jitter.ts';
import { offsetsOf } from './local-time.ts';
import type { MissedRules, TickTiming } from './missed.ts';
import { type NominalTimes, nominalTimes, type TimeRule } from './nominal-times.ts';
import type { OverlapPolicy } from './overlap.ts';
import type { Firing } from './preview.ts';
import { deadlinesOf, type RunDeadline } from './run-deadline.ts';
import { coveredBy, freeFrom, type Window } from './windows.ts';

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

/** `asked`: times that somebody asked to be left out. */
export function timingOf(
  { name, rule, rules, windows }: TimedSchedule,
  times: NominalTimes,
  asked: ReadonlySet<number>,
): TickTiming {
  const excepted = [...rules.except, ...windows];
  const offsetAt = offsetsOf(rule.timezone);
  const isExcepted = (at: number) => coveredBy(excepted, at, offsetAt);
  return {
    beginsAt: (nominal) => nominal + jitterOf(name, nominal, rules.jitter, times),
    deadlineOf: deadlinesOf(rules.deadline, rule.timezone),
    leftOut(nominal, begins) {
      if (asked.has(nominal)) return 'asked';
      return isExcepted(nominal) || isExcepted(begins) ? 'excepted' : undefined;
    },
  };
}

/** How many times in a row are looked at, between two windows, before a schedule is taken to fire no more. */
const MOST_LOOKED_AT = 10_000;

/** The times that are not left out, and when each begins. */
export function firingOf(schedule: TimedSchedule, asked: ReadonlySet<number>): Firing {
  const times = nominalTimes(schedule.rule);
  const offsetAt = offsetsOf(schedule.rule.timezone);
  const excepted = [...schedule.rules.except, ...schedule.windows];
  const { beginsAt, leftOut } = timingOf(schedule, times, asked);
  const next = (after: number) => {
    let at = times.next(after);
    for (let looked = 0; at !== undefined && looked < MOST_LOOKED_AT; looked += 1) {
      const reason = leftOut(at, beginsAt(at));
      if (reason === undefined) return at;
      const free = reason === 'excepted' ? freeFrom(excepted, at, offsetAt) : at;
      if (free === undefined) return undefined;
      at = times.next(Math.max(at, free - 1));
    }
    return undefined;
  };
  return { next, beginsAt };
}
