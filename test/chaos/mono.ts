/** One clock for all processes of this host: monotonic ms from an arbitrary origin (CLOCK_MONOTONIC). */
export function mono(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What to add to a time of `mono` to have ms since the epoch. */
export const EPOCH = Date.now() - mono();
