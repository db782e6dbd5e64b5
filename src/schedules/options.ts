import { z } from 'zod';
import { duration, path, words } from '../core/options.ts';
import { quote } from '../core/quote.ts';
import { TEMPERATURES } from '../core/source.ts';
import { UnitError } from '../core/units.ts';
import { type WrittenTime, writtenTimeOf } from '../core/written-time.ts';
import { isTimezone, USUAL_TIMEZONE } from '../policy/local-time.ts';
import { MISSED_POLICIES } from '../policy/missed.ts';
import { cronProblem as reasonAgainst, type TimeRule } from '../policy/nominal-times.ts';
import { OVERLAP_POLICIES } from '../policy/overlap.ts';
import { parseDeadline } from '../policy/run-deadline.ts';
import type { TickRules } from '../policy/tick-rules.ts';
import { parseWindow } from '../policy/window-text.ts';
import { contradictions } from './contradictions.ts';

/** What is wrong with a cron expression, as a sentence; undefined when it is good. */
export function cronProblem(text: string): string | undefined {
  const reason = reasonAgainst(text);
  if (reason === undefined) return undefined;
  return `${quote(text)} is not a cron expression that fires: ${reason}; write five fields (minute, hour, day of month, month, day of week), six with seconds first, or a word such as @daily`;
}

/** What is wrong with the name of a time zone; undefined when it is good. */
export function timezoneProblem(name: string): string | undefined {
  return isTimezone(name)
    ? undefined
    : `${quote(name)} is not a time zone; write a name such as America/Denver or UTC`;
}

function checked(problemOf: (text: string) => string | undefined, format: string) {
  return z
    .string()
    .meta({ format })
    .superRefine((text, context) => {
      const message = problemOf(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
}

/** A cron expression; the text inside. */
const cron = () => checked(cronProblem, 'cron');

/** The name of a time zone of the IANA database. */
const timezone = () => checked(timezoneProblem, 'timezone');

/** More times are a list of another kind. */
const MOST_LISTED = 1_000;

/** A time, local or an instant. */
const time = () => words(parseTime, 'time');

function parseTime(text: string): WrittenTime {
  const time = writtenTimeOf(text.trim());
  if (time !== undefined) return time;
  throw new UnitError(
    `${quote(text)} is not a time; write a local one (2027-01-01T06:00), or an instant (2027-01-01T06:00Z, 2027-01-01T06:00+01:00)`,
  );
}

const names = () => z.union([z.string(), z.array(z.string())]).optional();

const selectorOptions = z.strictObject({
  sources: names().describe('Only these sources.'),
  entities: names().describe('Only keys of these entity sets.'),
  tags: names().describe('Only keys whose values carry one of these tags.'),
  keys: names().describe('Only these keys.'),
  prefixes: names().describe('Only keys that start with one of these.'),
  temperatures: z
    .union([z.enum(TEMPERATURES), z.array(z.enum(TEMPERATURES))])
    .optional()
    .describe('Only sources of these temperatures.'),
  olderThan: duration().optional().describe('Only values older than this.'),
});

/** A named schedule: at each tick a run warms what the selector selects. */
export const scheduleOptions = z
  .strictObject({
    cron: cron()
      .optional()
      .describe('When it fires: five fields, six with seconds first, or a word such as `@daily`.'),
    every: duration()
      .optional()
      .describe('In place of `cron`: every so often, counted from `start`, or else from 1970 in UTC.'),
    at: z
      .union([time(), z.array(time()).min(1).max(MOST_LISTED)])
      .optional()
      .describe('In place of `cron`: once, or once at each of these times, such as `2027-01-01T06:00`.'),
    timezone: timezone()
      .default(USUAL_TIMEZONE)
      .describe('Time zone of all times here that name none, such as America/Denver.'),
    start: time().optional().describe('It does not fire before this time.'),
    end: time().optional().describe('It does not fire after this time.'),
    warm: z
      .union([z.string().meta({ format: 'selector' }), selectorOptions])
      .describe(
        'Which keys: a selector such as `source=profile entities=markets`, or its terms one by one. Empty text: everything.',
      ),
    force: z.boolean().default(false).describe('Fetch also what is still fresh.'),
    missing: z.boolean().default(false).describe('Leave alone what has a servable value, stale or not.'),
    limit: z.int().min(1).optional().describe('Warm at most this many keys; absent: all.'),
    deadline: words(parseDeadline, 'deadline')
      .prefault('0')
      .describe(
        'No key is begun this long after the tick, or, as in `06:00`, after that time of day; what was cut is reported. 0 is never.',
      ),
    missed: z
      .enum(MISSED_POLICIES)
      .default('once')
      .describe(
        'What becomes of times that passed while no scheduler ran: `skip`, `once` (one run for the newest of them), or `all`.',
      ),
    catchUp: duration()
      .optional()
      .describe(
        'How far back missed times are made up for; what is older is skipped. Absent: 12h; not to be set where `missed` is `skip`.',
      ),
    latest: duration()
      .prefault('0')
      .describe('A tick that could not begin this long after its time is skipped; 0 is never.'),
    overlap: z
      .enum(OVERLAP_POLICIES)
      .default('skip')
      .describe(
        'What becomes of a tick while the run of an earlier one has not ended: `skip`, `queue` (the newest waits), `cancel` (the earlier run is stopped), or `allow`.',
      ),
    jitter: duration()
      .prefault('0')
      .describe(
        'A tick begins up to this long after its time, always equally long for the same time, and before the next one.',
      ),
    except: z
      .array(words(parseWindow, 'window'))
      .default([])
      .describe(
        'Windows in which it does not fire: `2026-12-25`, `2026-12-24T18:00..2026-12-27T06:00`, `sat,sun`, `mon-fri 09:30-16:00`.',
      ),
    calendar: path()
      .optional()
      .describe(
        'A file of more windows: iCalendar, or text with one window a line. It is read again when it changes.',
      ),
  })
  .superRefine((options, context) => {
    for (const [option, message] of contradictions(options)) {
      context.addIssue({ code: 'custom', path: option === '' ? [] : [option], message });
    }
  });
export type ScheduleOptions = z.infer<typeof scheduleOptions>;

/** Of a schedule that does not say, in ms. */
const USUAL_CATCH_UP_MS = 12 * 3_600_000;

export function rulesOf(options: ScheduleOptions): TickRules {
  const {
    missed,
    catchUp = USUAL_CATCH_UP_MS,
    latest,
    overlap,
    jitter,
    except,
    calendar,
    deadline,
  } = options;
  return { missed, catchUp, latest, overlap, jitter, except, calendar, deadline };
}

/** A schedule of the configuration's `schedules:`. */
export interface ScheduleSettings {
  readonly name: string;
  readonly rule: TimeRule;
  /** Canonical text, as `parseSelector` reads it; empty selects everything. */
  readonly selector: string;
  readonly force: boolean;
  readonly missing: boolean;
  /** 0 is all. */
  readonly limit: number;
  readonly rules: TickRules;
}
