import type { TimeRule } from '../../policy/nominal-times.ts';
import { ruleWords } from '../../schedules/rule.ts';
import type { ScheduleView } from './schedule-shapes.ts';

/** A rule as people see it. */
export function ruleView(rule: TimeRule): Pick<ScheduleView, 'times' | 'timezone'> {
  return { times: ruleWords(rule), timezone: rule.timezone ?? null };
}
