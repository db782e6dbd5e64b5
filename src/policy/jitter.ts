/**
 * When a tick is to begin: up to `jitter` after its time, by its schedule and its time alone, so that every scheduler begins it
 * at the same moment, schedules of one expression do not begin together, and a test can say when. It never begins at or after
 * the next time.
 */
import { fractionOf } from '../core/fraction.ts';
import type { NominalTimes } from './nominal-times.ts';

/** Before the next time it begins at least this much earlier, in ms. */
const APART_MS = 1_000;

/** How long after its time a tick begins, in ms. */
export function jitterOf(schedule: string, nominal: number, jitter: number, times: NominalTimes): number {
  if (jitter <= 0) return 0;
  const next = times.next(nominal) ?? Number.POSITIVE_INFINITY;
  const room = Math.max(0, Math.min(jitter, next - nominal - APART_MS));
  return Math.floor(fractionOf(`${schedule} ${nominal}`) * room);
}
