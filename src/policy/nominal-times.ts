/**
 * Which times a schedule names: a pure function of an expression and a time zone, the same for what fires and for what is
 * previewed.
 *
 * At clock changes the rule of Vixie's cron holds (cron.8), which is the default rule of croner. A fixed time (plain numbers
 * for second, minute and hour) that does not exist runs once, at the first instant after the gap, and one that exists twice
 * runs once, at the first. So does each of a list (`0 2,14 * * *`), which croner takes for steps (`fixed-times.ts`). Wildcards,
 * ranges and steps in minutes or hours run by elapsed time, through a repeated hour as well; what of them lies in a gap has no
 * instant. Day of month and day of week together mean either, as in crontab.
 */

import { Cron } from 'croner';
import { counted } from '../core/counted.ts';
import { ALIASES_OF_MIDNIGHT, fixedTimesOf } from './fixed-times.ts';
import { USUAL_TIMEZONE } from './local-time.ts';

/** The times of a schedule. */
export interface NominalTimes {
  /** The first time after `after`, both in ms since the epoch; undefined when there is none any more. */
  next(after: number): number | undefined;
}

/** How a schedule names its times: one of the three, and the first and the last instant at which it may. */
export type TimeRule = (
  | /** Five fields, six with seconds first, or a word such as `@daily`. */
  { readonly cron: string }
  /** Every so many ms, counted from `start`, or else from the epoch: every process names the same times. */
  | { readonly every: number }
  /** Once each, in ms since the epoch. */
  | {
      readonly at: readonly number[];
      /** Those of them that were written as local times which do not exist, with what was written, in ms as if it were UTC. */
      readonly moved?: readonly { readonly at: number; readonly wall: number }[] | undefined;
    }
) & {
  /** Of the clocks that `cron` means, and that a preview shows; undefined is UTC. */
  readonly timezone?: string | undefined;
  /** In ms since the epoch; undefined is no bound. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
};

/** No expression that people write is longer; what follows from one is bounded by its parser. */
const LONGEST_EXPRESSION = 200;
/** A schedule that fires more often than this is a mistake, in ms. */
export const SHORTEST_EVERY_MS = 1_000;

/** By rule: hundreds of schedules are looked at each second, and parsing an expression takes longer than a step of it. */
const KNOWN = new WeakMap<TimeRule, NominalTimes>();

/** Throws an `Error` that says what is wrong with the rule. */
export function nominalTimes(rule: TimeRule): NominalTimes {
  const known = KNOWN.get(rule) ?? remembering(boundedTimes(rule));
  KNOWN.set(rule, known);
  return known;
}

function boundedTimes(rule: TimeRule): NominalTimes {
  const { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY } = rule;
  const { next } = timesOf(rule);
  return {
    next(after) {
      const found = next(Math.max(after, start - 1));
      return found !== undefined && found <= end ? found : undefined;
    },
  };
}

/** Remembers the last step: the time that follows one instant follows all between the two. */
function remembering({ next }: NominalTimes): NominalTimes {
  let from = Number.POSITIVE_INFINITY;
  let found: number | undefined;
  return {
    next(after) {
      const isKnown = after >= from && (found === undefined || after < found);
      if (isKnown) return found;
      found = next(after);
      from = after;
      return found;
    },
  };
}

function timesOf(rule: TimeRule): NominalTimes {
  if ('every' in rule) return everyTimes(rule.every, rule.start ?? 0);
  return 'at' in rule ? listedTimes(rule.at) : cronTimes(rule.cron, rule.timezone);
}

function everyTimes(every: number, from: number): NominalTimes {
  if (!(every >= SHORTEST_EVERY_MS)) throw new Error(`every ${every} ms is more often than once a second`);
  return { next: (after) => from + (Math.floor((after - from) / every) + 1) * every };
}

function listedTimes(at: readonly number[]): NominalTimes {
  const sorted = [...at].sort((a, b) => a - b);
  return { next: (after) => sorted.find((time) => time > after) };
}

function cronTimes(expression: string, timezone = USUAL_TIMEZONE): NominalTimes {
  const problem = shapeProblem(expression);
  if (problem !== undefined) throw new Error(problem);
  const whole = timesOfOne(expression, timezone);
  const fixed = timezone === 'UTC' ? undefined : fixedTimesOf(expression);
  if (fixed === undefined || fixed.times.length === 1) return whole;
  const each = fixed.expressions.map((one) => timesOfOne(one, timezone));
  return {
    next(after) {
      const found = each.flatMap(({ next }) => next(after) ?? []);
      return found.length === 0 ? undefined : Math.min(...found);
    },
  };
}

/** As croner has it. */
function timesOfOne(expression: string, timezone: string): NominalTimes {
  const cron = new Cron(expression, placeOf(timezone));
  return {
    next(after) {
      // croner looks from whole seconds on: what remains of one must not bring back a time that has passed.
      const found = cron.nextRun(new Date(Math.floor(after / 1_000) * 1_000))?.getTime();
      return found !== undefined && found <= after ? cron.nextRun(new Date(found))?.getTime() : found;
    },
  };
}

/** Where no clock changes, croner need not look a zone up, which takes most of its time. */
function placeOf(timezone: string): { readonly timezone: string } | { readonly utcOffset: number } {
  return timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
}

const ALIASES = [...ALIASES_OF_MIDNIGHT, '@hourly'];

function shapeProblem(expression: string): string | undefined {
  if (expression.length > LONGEST_EXPRESSION)
    return `it has ${expression.length} characters, and ${LONGEST_EXPRESSION} are allowed`;
  const fields = expression.trim().split(/\s+/);
  if (expression.trim().startsWith('@')) {
    return ALIASES.includes(expression.trim().toLowerCase())
      ? undefined
      : `"${expression.trim()}" is none of ${ALIASES.join(', ')}`;
  }
  return fields.length === 5 || fields.length === 6
    ? undefined
    : `it has ${counted(expression.trim() === '' ? 0 : fields.length, 'field')}`;
}

/**
 * Where what is asked of a rule must not depend on today, it is asked from here on, in ms since the epoch: a rule names its times the
 * same way in each year, and no schedule of this program fires before.
 */
export const ANY_TIME = Date.UTC(2024, 0, 1);

/** What is wrong with a cron expression, for a message that begins with it; undefined when it names times. */
export function cronProblem(expression: string): string | undefined {
  try {
    if (cronTimes(expression, 'UTC').next(ANY_TIME) !== undefined) return undefined;
    return 'it never fires: no day is like that';
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    return message.charAt(0).toLowerCase() + message.slice(1);
  }
}

/** Whether it names hours of the day, so that another time zone has other times. */
export function namesHours(expression: string): boolean {
  const fields = expression.trim().split(/\s+/);
  return fields.length === 1 ? fields[0]?.toLowerCase() !== '@hourly' : fields.at(-4) !== '*';
}

/** What a reader of an expression may not expect, and is no mistake; undefined when there is nothing to say. */
export function cronNote(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  const [dayOfMonth, , dayOfWeek] = fields.slice(-3);
  const isSet = (field: string | undefined) => field !== undefined && field !== '*' && field !== '?';
  if (fields.length < 5 || !isSet(dayOfMonth) || !isSet(dayOfWeek)) return undefined;
  return `it fires on days that fit day of month "${dayOfMonth}" or day of week "${dayOfWeek}", either, as in crontab`;
}
