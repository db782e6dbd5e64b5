import type { Random } from '../core/clock.ts';

export interface Backoff {
  /** Ceiling of the first wait, in ms. */
  readonly base: number;
  /** The highest ceiling, in ms. */
  readonly max: number;
}

/** Doublings beyond this change nothing that a double can tell apart, and would end in Infinity. */
const MOST_DOUBLINGS = 52;

/**
 * How long to wait, in whole ms, after `attempt` attempts have failed (1 is the first wait): drawn evenly from 0 to
 * min(max, base * 2^(attempt - 1)).
 *
 * This is "full jitter" of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: callers that
 * failed together come back spread out, which costs the origin less than any schedule without chance.
 */
export function backoffMs(attempt: number, { base, max }: Backoff, random: Random): number {
  const doublings = Math.min(Math.max(0, attempt - 1), MOST_DOUBLINGS);
  return Math.floor(random() * (Math.min(max, base * 2 ** doublings) + 1));
}

/** How long those waits are together at the most, in ms, of what is tried so often. */
export function longestWaitsMs(attempts: number, { base, max }: Backoff): number {
  let sum = 0;
  for (let attempt = 1; attempt < attempts; attempt += 1)
    sum += Math.min(max, base * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS));
  return sum;
}
