/** What must hold between the options of a schedule, once each of them is good by itself. */
import { nominalTimes, type TimeRule } from '../../policy/nominal-times.ts';
import { firingOf, type TickRules } from '../../policy/tick-rules.ts';
import type { Window } from '../../policy/windows.ts';
import type { ScheduleSettings } from '../../schedules/options.ts';
import { timeRuleOf } from '../../schedules/written-rule.ts';
import type { ConfigParts } from '../parts.ts';

/** The answer must not depend on today: no schedule of this program fires before. */
const BEFORE_ALL = Date.UTC(2024, 0, 1);
/** A day that is there in leap years only comes within them. */
const TEN_YEARS_MS = 10 * 366 * 86_400_000;

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
    else report([...path, 'except'], neverFires({ calendar: undefined, ...options, name, rule }, []));
  }
}

/** Whatever has passed by now is no matter for a check that must not depend on today. */
function before(rule: TimeRule): number {
  if ('at' in rule) return Number.NEGATIVE_INFINITY;
  return Math.min(BEFORE_ALL, (rule.end ?? BEFORE_ALL) - TEN_YEARS_MS);
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
