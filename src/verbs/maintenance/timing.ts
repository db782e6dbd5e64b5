/** Measures how long something takes, by doing it again and again. */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { Histogram } from '../../core/metrics/histogram.ts';

const milliseconds = () => z.number().describe('In ms.');
export const timing = z.object({
  calls: z.int(),
  keys: z.int().describe('Of all calls.'),
  keysPerSecond: z.number(),
  ...{ p50: milliseconds(), p95: milliseconds(), p99: milliseconds() },
});
export type Timing = z.infer<typeof timing>;

/** Whichever comes first. */
const MOST_TIMES = 1_000;
const LONGEST_MS = 2_000;

export interface Repeated {
  /** Does it for the n-th time; returns how many keys that were. */
  readonly act: (n: number) => Promise<number>;
  /** At most this often. */
  readonly times?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function timed({ act, times = MOST_TIMES, clock, signal }: Repeated): Promise<Timing> {
  const durations = new Histogram();
  const began = clock.elapsed();
  let keys = 0;
  let last = began;
  for (let n = 0; n < times && last - began < LONGEST_MS; n += 1) {
    signal.throwIfAborted();
    keys += await act(n);
    const now = clock.elapsed();
    durations.record(now - last);
    last = now;
  }
  return timingOf(durations, keys, last - began);
}

export function timingOf(durations: Histogram, keys: number, ms: number): Timing {
  const at = (q: number) => durations.quantile(q) ?? 0;
  return {
    calls: durations.total,
    keys,
    keysPerSecond: ms === 0 ? 0 : (keys / ms) * 1_000,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}
