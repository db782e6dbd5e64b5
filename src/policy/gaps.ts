import type { NominalTimes } from './nominal-times.ts';

/** Ticks that are looked at: more than a week of an hourly schedule, and a change of the clocks of a daily one. */
const TICKS = 200;

/** Between two of the next times after `after`, in ms; undefined where there are no two. */
export function gapsOf(
  times: NominalTimes,
  after: number,
  ticks = TICKS,
): { readonly shortest: number; readonly longest: number } | undefined {
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  let last = times.next(after);
  for (let i = 0; i < ticks && last !== undefined; i += 1) {
    const next = times.next(last);
    if (next !== undefined)
      [shortest, longest] = [Math.min(shortest, next - last), Math.max(longest, next - last)];
    last = next;
  }
  return longest === 0 ? undefined : { shortest, longest };
}
