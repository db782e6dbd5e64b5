/** A lease outlives the longest call by this factor, and is never shorter than `SHORTEST_MS`. */
const FACTOR = 2;
const SHORTEST_MS = 15_000;
/** What a process has configured holds for all no longer than this after it was heard of, in ms: a call may last for days. */
export const DECLARED_MS = 60_000;

/** How long a permit is held for a process that does not renew it, given the timeouts of all origins; in ms. */
export function leaseFor(timeouts: readonly number[]): number {
  return Math.max(SHORTEST_MS, ...timeouts.map((timeout) => timeout * FACTOR));
}
