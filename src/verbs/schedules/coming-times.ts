/** What comes of a schedule, as things stand: by the rule that schedulers go by, after what has ended, and without what people left out. */
import type { Firing } from '../../policy/preview.ts';
import { beforeNext, firingOf, NO_WISHES, type TimedSchedule } from '../../policy/tick-rules.ts';
import { wishesOf } from '../../schedules/advance.ts';
import { ruleOf, ruleText } from '../../schedules/rule.ts';
import type { ScheduleAccount } from '../../schedules/schedule-account.ts';

export interface ComingTimes {
  readonly schedule: TimedSchedule;
  readonly firing: Firing;
  /** What `firing.next` is to be asked for the first of them. */
  readonly after: number;
  /** Whether schedulers go by another rule than the configured one. */
  readonly isOther: boolean;
}

/** `account`: undefined where no scheduler has seen the schedule. `now`: by the server's clock. */
export function comingTimes(
  configured: TimedSchedule,
  account: ScheduleAccount | undefined,
  now: number,
): ComingTimes {
  const leading = account?.leader?.rule;
  const isOther = leading !== undefined && leading !== ruleText(configured.rule);
  const schedule = isOther ? { ...configured, rule: ruleOf(leading) } : configured;
  const firing = firingOf(schedule, account === undefined ? NO_WISHES : wishesOf(account));
  const after = beforeNext(firing, schedule.rules.jitter, account?.cursor ?? now, now);
  return { schedule, firing, after, isOther };
}
