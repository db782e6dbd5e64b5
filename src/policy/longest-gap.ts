import type { NominalTimes } from './nominal-times.ts';

/** Ticks that are looked at: more than a week of an hourly schedule, and a change of the clocks of a daily one. */
const TICKS = 200;

/** The longest time between two of the next times after `after`, in ms. */
export function longestGap(times: NominalTimes, after: number, ticks = TICKS): number {
  let longest = 0;
  let last = times.next(after);
  for (let i = 0; i < ticks && last !== undefined; i += 1) {
    const next = times.next(last);
    if (next !== undefined) longest = Math.max(longest, next - last);
    last = next;
  }
  return longest;
}
