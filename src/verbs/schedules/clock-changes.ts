/** What happens at the next change of the clocks, to all schedules. */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { Breath } from '../../flow/breath.ts';
import { changeText, nextChange, timesAt } from '../../policy/clock-changes.ts';
import { USUAL_TIMEZONE } from '../../policy/local-time.ts';
import type { TimeRule } from '../../policy/nominal-times.ts';
import { ruleView } from './rule-view.ts';
import { timePreview } from './schedule-shapes.ts';

export const clockChange = z.object({
  timezone: z.string(),
  at: z.string().describe('When the clocks change: ISO 8601, in UTC.'),
  local: z.string().describe('What they show then.'),
  minutes: z.number().describe('By how much they are set forward; below 0: back.'),
  schedules: z.array(
    z.object({
      schedule: z.string(),
      times: z.string().describe('Which times it names, for people.'),
      affected: z
        .array(timePreview)
        .describe('Its first times to which the change does something, and what; none: it goes on as ever.'),
    }),
  ),
});
export type ClockChangeView = z.infer<typeof clockChange>;

interface RuledSchedule {
  readonly name: string;
  readonly rule: TimeRule;
}

/** The next change of each zone that schedules name, within a year after `from` (ms since the epoch), the first one first. */
export async function clockChangesOf(
  schedules: readonly RuledSchedule[],
  from: number,
  clock: Clock,
): Promise<ClockChangeView[]> {
  const breath = new Breath({ clock });
  // What goes by elapsed time, or by instants, does not look at a clock.
  const clocked = schedules.flatMap(({ name, rule }) => ('cron' in rule ? [{ name, rule }] : []));
  const zones = Map.groupBy(clocked, ({ rule }) => rule.timezone ?? USUAL_TIMEZONE);
  const found: ClockChangeView[] = [];
  for (const [timezone, of] of zones) {
    if (breath.isDue) await breath.take();
    const change = nextChange(timezone, from);
    if (change === undefined) continue;
    const affected: ClockChangeView['schedules'] = [];
    for (const { name, rule } of of) {
      affected.push({ schedule: name, times: ruleView(rule).times, affected: timesAt(rule, change) });
      if (breath.isDue) await breath.take();
    }
    const local = changeText(timezone, change);
    const at = new Date(change.at).toISOString();
    found.push({ timezone, at, local, minutes: change.ms / 60_000, schedules: affected });
  }
  return found.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
