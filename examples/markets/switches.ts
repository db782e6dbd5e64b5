/** What can be set at the start by flags and environment, and at run time by `POST /_control`. */
import { z } from 'zod';

const share = (what: string) => z.number().min(0).max(1).default(0).describe(what);

export const switches = z.strictObject({
  rate: z.number().min(0).default(0).describe('Calls let in per second; 0 is no limit.'),
  concurrency: z.int().min(0).default(0).describe('Calls let in at the same time; 0 is no limit.'),
  latency: z.number().min(0).default(0).describe('Mean time until the answer, in ms.'),
  spread: z.number().min(0).max(3).default(0.5).describe('Sigma of the lognormal latency; 0 is no spread.'),
  errorRate: share('Share of calls answered with 500.'),
  emptyRate: share('Share of calls answered with 200 and no body.'),
  slowRate: share('Share of calls that take `slow` longer.'),
  slow: z.number().min(0).default(10_000).describe('How much longer a slow call takes, in ms.'),
  outage: z.boolean().default(false).describe('Every connection is closed without an answer.'),
});
export type Switches = z.infer<typeof switches>;

/** A number in [0, 1) from a seed: the generator mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ms until the answer: lognormal with the given mean, since real latencies have a long tail on one side only. */
export function drawLatency({ latency, spread, slowRate, slow }: Switches, random: () => number): number {
  const extra = slowRate > 0 && random() < slowRate ? slow : 0;
  if (latency === 0 || spread === 0) return latency + extra;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return extra + latency * Math.exp(spread * normal - spread ** 2 / 2);
}
