/** The rule that the options of a schedule write: local times become instants by its time zone. */
import type { WrittenTime } from '../core/written-time.ts';
import { instantOf, offsetsOf } from '../policy/local-time.ts';
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
  const offsetAt = offsetsOf(timezone);
  const instant = (time: WrittenTime) => (time.isInstant ? time.at : instantOf(time.at, offsetAt));
  const bounds = {
    timezone,
    ...(start === undefined ? {} : { start: instant(start) }),
    // A day as an end is there until it is over.
    ...(end === undefined
      ? {}
      : { end: end.isDay ? instant({ ...end, at: end.at + 86_400_000 }) - 1 : instant(end) }),
  };
  if (cron !== undefined) return { cron, ...bounds };
  if (every !== undefined) return { every, ...bounds };
  return {
    at: [at ?? []]
      .flat()
      .map((time) => instant(time))
      .sort((a, b) => a - b),
    ...bounds,
  };
}
