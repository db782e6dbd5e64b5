import { z } from 'zod';
import { duration } from '../core/options.ts';
import { TEMPERATURES } from '../core/source.ts';
import { MISSED_POLICIES, type MissedRules } from '../policy/missed.ts';
import { cronProblem as reasonAgainst } from '../policy/nominal-times.ts';

/** What is wrong with a cron expression, as a sentence; undefined when it is good. */
export function cronProblem(text: string): string | undefined {
  const reason = reasonAgainst(text);
  if (reason === undefined) return undefined;
  const shown = text.length <= 80 ? text : `${text.slice(0, 80)}…`;
  return `"${shown}" is not a cron expression that fires: ${reason}; write five fields (minute, hour, day of month, month, day of week), six with seconds first, or a word such as @daily`;
}

/** What is wrong with the name of a time zone; undefined when it is good. */
export function timezoneProblem(name: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return undefined;
  } catch {
    return `"${name}" is not a time zone; write a name such as America/Denver or UTC`;
  }
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

const words = () => z.union([z.string(), z.array(z.string())]).optional();

const selectorOptions = z.strictObject({
  sources: words().describe('Only these sources.'),
  entities: words().describe('Only keys of these entity sets.'),
  tags: words().describe('Only keys whose values carry one of these tags.'),
  keys: words().describe('Only these keys.'),
  prefixes: words().describe('Only keys that start with one of these.'),
  temperatures: z
    .union([z.enum(TEMPERATURES), z.array(z.enum(TEMPERATURES))])
    .optional()
    .describe('Only sources of these temperatures.'),
  olderThan: duration().optional().describe('Only values older than this.'),
});

/** A named schedule: at each tick a run warms what the selector selects. */
export const scheduleOptions = z
  .strictObject({
    cron: cron().describe('When it fires: five fields, or six with seconds first.'),
    timezone: timezone()
      .optional()
      .describe("Time zone of `cron`, such as America/Denver; absent is the machine's."),
    warm: z
      .union([z.string().meta({ format: 'selector' }), selectorOptions])
      .describe(
        'Which keys: a selector such as `source=profile entities=markets`, or its terms one by one. Empty text: everything.',
      ),
    force: z.boolean().default(false).describe('Fetch also what is still fresh.'),
    missing: z.boolean().default(false).describe('Leave alone what has a servable value, stale or not.'),
    limit: z.int().min(0).default(0).describe('Warm at most this many keys; 0 is all.'),
    deadline: duration().prefault('0').describe('No key is begun this long after the tick; 0 is never.'),
    missed: z
      .enum(MISSED_POLICIES)
      .default('once')
      .describe(
        'What becomes of times that passed while no scheduler ran: `skip`, `once` (one run for the newest of them), or `all`.',
      ),
    catchUp: duration()
      .prefault('12h')
      .describe('How far back missed times are made up for; what is older is skipped.'),
    latest: duration()
      .prefault('0')
      .describe('A tick that could not begin this long after its time is skipped; 0 is never.'),
  })
  .refine(({ missed, catchUp }) => missed !== 'all' || catchUp > 0, {
    path: ['catchUp'],
    message: 'must be above 0 where `missed` is `all`: nothing would be made up for',
  })
  .meta({ later: ['overlap', 'jitter'] });
export type ScheduleOptions = z.infer<typeof scheduleOptions>;

/** A schedule of the configuration's `schedules:`. */
export interface ScheduleSettings {
  readonly name: string;
  readonly cron: string;
  /** Undefined is the machine's. */
  readonly timezone: string | undefined;
  /** Canonical text, as `parseSelector` reads it; empty selects everything. */
  readonly selector: string;
  readonly force: boolean;
  readonly missing: boolean;
  /** 0 is all. */
  readonly limit: number;
  /** Ms after the tick; 0 is never. */
  readonly deadline: number;
  readonly rules: MissedRules;
}
