/** The rule of a schedule as text: it is stored with the schedule's cursor, so that a changed rule is noticed. */
import { z } from 'zod';
import { formatDuration } from '../core/units.ts';
import { isTimezone } from '../policy/local-time.ts';
import { type NominalTimes, nominalTimes, type TimeRule } from '../policy/nominal-times.ts';

export function ruleText(rule: TimeRule): string {
  return JSON.stringify(rule);
}

const bounds = {
  // Another host may know a zone that this one does not.
  timezone: z.string().refine(isTimezone).optional(),
  start: z.number().optional(),
  end: z.number().optional(),
};
const storedRule = z.union([
  z.object({ cron: z.string(), ...bounds }),
  z.object({ every: z.number(), ...bounds }),
  z.object({
    at: z.array(z.number()),
    moved: z.array(z.object({ at: z.number(), wall: z.number() })).optional(),
    ...bounds,
  }),
]);

/** What `ruleText` wrote. A text that is none, of another version say, is a rule without times. */
export function ruleOf(text: string): TimeRule {
  try {
    const rule = storedRule.parse(JSON.parse(text));
    nominalTimes(rule);
    return rule;
  } catch {
    return NO_TIMES;
  }
}

export function timesOfRule(text: string): NominalTimes {
  return nominalTimes(ruleOf(text));
}

const NO_TIMES: TimeRule = { at: [] };

/** For people: `0 2 * * *`, `every 5m`, `at 2027-01-01T06:00:00Z`. */
export function ruleWords(rule: TimeRule): string {
  if ('cron' in rule) return rule.cron;
  if ('every' in rule) return `every ${formatDuration(rule.every)}`;
  const [first, ...more] = rule.at;
  if (first === undefined) return 'no times';
  const shown = `at ${new Date(first).toISOString().replace('.000Z', 'Z')}`;
  return more.length === 0 ? shown : `${shown} and ${more.length} more`;
}
