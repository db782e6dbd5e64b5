/** What must hold between the options of a schedule, once each of them is good by itself. */

import { DAY_MS } from '../../core/units.ts';
import { ANY_TIME, nominalTimes, type TimeRule } from '../../policy/nominal-times.ts';
import { firingOf, NO_WISHES, type TickRules } from '../../policy/tick-rules.ts';
import type { Window } from '../../policy/windows.ts';
import { rulesOf, type ScheduleSettings } from '../../schedules/options.ts';
import { timeRuleOf } from '../../schedules/written-rule.ts';
import type { ConfigParts } from '../parts.ts';

/** A day that is there in leap years only comes within them. */
const TEN_YEARS_MS = 10 * 366 * DAY_MS;

/** Calls `report` with the option, as a path within the schedule, and what is wrong with it. */
export function checkSchedules(
  { whole }: ConfigParts,
  report: (path: readonly string[], message: string | undefined) => void,
): void {
  for (const [name, options] of Object.entries(whole?.schedules ?? {})) {
    const rule = timeRuleOf(options);
    const { start, end } = rule;
    const path = ['schedules', name];
    if (start !== undefined && end !== undefined && start >= end)
      report([...path, 'end'], 'must be after `start`: the schedule would never fire');
    else if (nominalTimes(rule).next(before(rule)) === undefined)
      report(path, 'names no time from `start` to `end`: the schedule would never fire');
    else if ('at' in rule && rule.at.some((at) => at < (start ?? at) || at > (end ?? at)))
      report([...path, 'at'], 'has times before `start` or after `end`, at which it would not fire');
    else report([...path, 'except'], neverFires({ ...rulesOf(options), name, rule }, []));
  }
}

/** Whatever has passed by now is no matter for a check that must not depend on today. */
function before(rule: TimeRule): number {
  if ('at' in rule) return Number.NEGATIVE_INFINITY;
  return Math.min(ANY_TIME, (rule.end ?? ANY_TIME) - TEN_YEARS_MS);
}

/** What to say of a schedule whose every time is left out; undefined when it fires. */
export function neverFires(
  { name, rule, ...rules }: Pick<ScheduleSettings, 'name' | 'rule'> & TickRules,
  windows: readonly Window[],
): string | undefined {
  if (rules.except.length + windows.length === 0 || nominalTimes(rule).next(ANY_TIME) === undefined)
    return undefined;
  const { next } = firingOf({ name, rule, rules, windows }, NO_WISHES);
  return next(ANY_TIME) === undefined
    ? `covers every time of schedule "${name}": it would never fire`
    : undefined;
}
