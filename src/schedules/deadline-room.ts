import { ANY_TIME, type NominalTimes } from '../policy/nominal-times.ts';
import { deadlinesOf, type RunDeadline } from '../policy/run-deadline.ts';

/** Between a time and the deadline of its run, in ms: at the least and at the most. */
export type DeadlineRoom = NonNullable<ReturnType<typeof deadlineRoom>>;

const TIMES_LOOKED_AT = 100;

/** Undefined without a deadline, or without times. A time of day, in `timezone`, is another distance from each time. */
export function deadlineRoom(
  deadline: RunDeadline,
  times: NominalTimes | undefined,
  timezone: string | undefined,
): { readonly shortest: number; readonly longest: number } | undefined {
  if ('after' in deadline)
    return deadline.after > 0 ? { shortest: deadline.after, longest: deadline.after } : undefined;
  const deadlineOf = deadlinesOf(deadline, timezone, () => false);
  const rooms: number[] = [];
  let at = times?.next(ANY_TIME);
  while (at !== undefined && rooms.length < TIMES_LOOKED_AT) {
    rooms.push((deadlineOf(at) ?? at) - at);
    at = times?.next(at);
  }
  return rooms.length === 0 ? undefined : { shortest: Math.min(...rooms), longest: Math.max(...rooms) };
}
