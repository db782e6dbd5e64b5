/** What happens at the next change of the clocks, to all schedules. */
import type { Clock } from '../../core/clock.ts';
import { Breath } from '../../flow/breath.ts';
import { changeText, nextChange, timesAt } from '../../policy/clock-changes.ts';
import { USUAL_TIMEZONE } from '../../policy/local-time.ts';
import type { TimeRule } from '../../policy/nominal-times.ts';
import type { TickRules } from '../../policy/tick-rules.ts';
import { ruleView } from './rule-view.ts';
import type { ClockChangeView } from './schedule-shapes.ts';

interface RuledSchedule {
  readonly name: string;
  readonly rule: TimeRule;
  readonly rules: Pick<TickRules, 'deadline'>;
}

/** After which instant, in ms since the epoch, and how many times are named of each schedule. */
export interface ChangesAsked {
  readonly from: number;
  readonly count: number;
}

/** The next change of each zone that schedules name, within a year, the first one first. */
export async function clockChangesOf(
  schedules: readonly RuledSchedule[],
  { from, count }: ChangesAsked,
  clock: Clock,
): Promise<ClockChangeView[]> {
  const breath = new Breath({ clock });
  const zones = Map.groupBy(schedules.filter(looksAtClocks), ({ rule }) => rule.timezone ?? USUAL_TIMEZONE);
  const found: ClockChangeView[] = [];
  for (const [timezone, of] of zones) {
    if (breath.isDue) await breath.take();
    const change = nextChange(timezone, from);
    if (change === undefined) continue;
    const affected: ClockChangeView['schedules'] = [];
    for (const { name, rule, rules } of of) {
      const times = timesAt(rule, rules.deadline, change, count);
      affected.push({ schedule: name, times: ruleView(rule).times, affected: times });
      if (breath.isDue) await breath.take();
    }
    const local = changeText(timezone, change);
    const at = new Date(change.at).toISOString();
    found.push({ timezone, at, local, minutes: change.ms / 60_000, schedules: affected });
  }
  return found.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What goes by elapsed time does not, unless it is to be done by a time of day. */
function looksAtClocks({ rule, rules }: RuledSchedule): boolean {
  return !('every' in rule) || 'timeOfDay' in rules.deadline;
}
