/** What a plan is of: which keys, how they would be warmed, when that would begin, and by when it is to be done. */
import { refused } from '../../core/arguments.ts';
import type { Clock } from '../../core/clock.ts';
import { quote } from '../../core/quote.ts';
import { UnitError } from '../../core/units.ts';
import { writtenTimeOf } from '../../core/written-time.ts';
import { instantIn } from '../../policy/local-time.ts';
import { deadlinesOf, parseDeadline } from '../../policy/run-deadline.ts';
import { deadlinesOfRule } from '../../policy/tick-rules.ts';
import { type Schedule, unknownSchedule } from '../../schedules/fire.ts';
import type { ComingTimes } from '../schedules/coming-times.ts';
import type { CheckedPlan } from './plan-request.ts';

export interface PlanSubject {
  readonly schedule: string | undefined;
  readonly selector: string;
  readonly options: { readonly force: boolean; readonly missing: boolean; readonly limit: number };
  readonly startsAt: number;
  readonly by: number | undefined;
}

export interface PlanSubjectDeps {
  readonly schedules: readonly Schedule[];
  readonly clock: Clock;
}

/** Throws `E_NOT_FOUND` for a schedule that is not configured, and `E_REQUEST_INVALID` for one that warms nothing by itself. */
export function planSubject(
  deps: PlanSubjectDeps,
  request: CheckedPlan,
  comingOf: (schedule: Schedule) => ComingTimes | undefined,
): PlanSubject {
  const now = deps.clock.now();
  const { schedule: name, selector, force, missing, limit = 0, deadline } = request;
  if (name === undefined) {
    const end = deadline === undefined ? undefined : now + deadline;
    const by = request.by === undefined ? end : timeBy(request.by, request.timezone, now, now);
    return { schedule: undefined, selector, options: { force, missing, limit }, startsAt: now, by };
  }
  const schedule = deps.schedules.find((each) => each.name === name);
  if (schedule === undefined) throw unknownSchedule(deps.schedules, name);
  const { action, rule, rules } = schedule;
  if (action.kind !== 'run') {
    const place = { place: 'schedule', message: `"${name}" makes no run: it is of the kind ${action.kind}` };
    throw refused('plan', [place], 1);
  }
  const coming = comingOf(schedule);
  // What has passed fires no more, but for what waits for its jitter.
  const after = Math.max(coming?.after ?? now, now - rules.jitter - 1);
  const nominal = coming?.firing.next(after) ?? now;
  const startsAt = Math.max(now, coming?.firing.beginsAt(nominal) ?? nominal);
  const by =
    request.by === undefined
      ? deadlinesOfRule(rules.deadline, rule)(nominal)
      : timeBy(request.by, request.timezone ?? rule.timezone, startsAt, now);
  return { schedule: name, selector: action.selector, options: action.options, startsAt, by };
}

/** In ms since the epoch. Throws `E_REQUEST_INVALID` for what is no time, and for one that has passed. */
function timeBy(text: string, timezone: string | undefined, from: number, now: number): number {
  const written = writtenTimeOf(text.trim());
  if (written !== undefined) {
    const by = instantIn(written, timezone);
    if (by > now) return by;
    const message = `that time has passed: ${quote(text)} is ${new Date(by).toISOString()}, and it is ${new Date(now).toISOString()}`;
    throw refused('plan', [{ place: 'by', message }], 1);
  }
  try {
    return deadlinesOf(parseDeadline(text), timezone, () => false)(from) ?? from;
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    const message = `${quote(text)} is not a time; write a time of day (06:00), a time (2027-01-04T06:00), or a duration (4h)`;
    throw refused('plan', [{ place: 'by', message }], 1);
  }
}
