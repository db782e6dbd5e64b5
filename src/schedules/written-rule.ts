/** The rule that the options of a schedule write: local times become instants by its time zone. */
import type { WrittenTime } from '../core/written-time.ts';
import { endIn, instantIn, offsetsOf } from '../policy/local-time.ts';
import type { TimeRule } from '../policy/nominal-times.ts';

export interface WrittenRule {
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
  readonly at?: WrittenTime | readonly WrittenTime[] | undefined;
  readonly timezone: string;
  readonly start?: WrittenTime | undefined;
  readonly end?: WrittenTime | undefined;
}

/** Of options that are without contradictions: one of `cron`, `every` and `at` is there. */
export function timeRuleOf({ cron, every, at, timezone, start, end }: WrittenRule): TimeRule {
  const bounds = {
    timezone,
    ...(start === undefined ? {} : { start: instantIn(start, timezone) }),
    ...(end === undefined ? {} : { end: endIn(end, timezone) }),
  };
  if (cron !== undefined) return { cron, ...bounds };
  return every === undefined
    ? { ...listedTimes([at ?? []].flat(), timezone), ...bounds }
    : { every, ...bounds };
}

function listedTimes(times: readonly WrittenTime[], timezone: string): Extract<TimeRule, { at: unknown }> {
  const offsetAt = offsetsOf(timezone);
  const all = times
    .map((time) => ({ at: instantIn(time, timezone), wall: time.at, isInstant: time.isInstant }))
    .sort((a, b) => a.at - b.at);
  const moved = all.filter(({ at, wall, isInstant }) => !isInstant && at + offsetAt(at) !== wall);
  return {
    at: all.map(({ at }) => at),
    ...(moved.length === 0 ? {} : { moved: moved.map(({ at, wall }) => ({ at, wall })) }),
  };
}
