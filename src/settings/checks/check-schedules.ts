/** What must hold between the options of a schedule, once each of them is good by itself. */
import { nominalTimes } from '../../policy/nominal-times.ts';
import { firingOf, type TickRules } from '../../policy/tick-rules.ts';
import type { Window } from '../../policy/windows.ts';
import type { ScheduleSettings } from '../../schedules/options.ts';
import { timeRuleOf } from '../../schedules/written-rule.ts';
import type { ConfigParts } from '../parts.ts';

/** The answer must not depend on today: no schedule of this program fires before. */
const BEFORE_ALL = Date.UTC(2024, 0, 1);

/** Calls `report` with the option, as a path within the schedule, and what is wrong with it. */
export function checkSchedules(
  { whole }: ConfigParts,
  report: (path: readonly string[], message: string | undefined) => void,
): void {
  for (const [name, options] of Object.entries(whole?.schedules ?? {})) {
    const { start, end } = timeRuleOf(options);
    const path = ['schedules', name];
    if (start !== undefined && end !== undefined && start >= end)
      report([...path, 'end'], 'must be after `start`: the schedule would never fire');
    else
      report(
        [...path, 'except'],
        neverFires({ calendar: undefined, ...options, name, rule: timeRuleOf(options) }, []),
      );
  }
}

/** What to say of a schedule whose every time is left out; undefined when it fires. */
export function neverFires(
  { name, rule, ...rules }: Pick<ScheduleSettings, 'name' | 'rule'> & TickRules,
  windows: readonly Window[],
): string | undefined {
  if (rules.except.length + windows.length === 0 || nominalTimes(rule).next(BEFORE_ALL) === undefined)
    return undefined;
  const { next } = firingOf({ name, rule, rules, windows }, new Set());
  return next(BEFORE_ALL) === undefined
    ? `covers every time of schedule "${name}": it would never fire`
    : undefined;
}
