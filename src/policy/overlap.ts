/**
 * What becomes of a tick while the run of an earlier one has not ended: a pure function.
 *
 * | policy | nothing runs | a run has not ended |
 * | --- | --- | --- |
 * | `skip` | fires | is skipped |
 * | `queue` | fires | waits until that one has ended; of several that wait the newest stays, and the others are skipped |
 * | `cancel` | fires | fires, and the earlier run is stopped |
 * | `allow` | fires | fires beside it |
 */
export const OVERLAP_POLICIES = ['skip', 'queue', 'cancel', 'allow'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

export interface Overlap {
  readonly policy: OverlapPolicy;
  /** Whether an earlier tick's run has not ended. */
  readonly busy: boolean;
  /** What is to fire, the oldest first. */
  readonly fire: readonly number[];
  /** The time that waits since before; undefined when none does. */
  readonly waiting: number | undefined;
}

export interface OverlapEnds {
  readonly fire: readonly number[];
  /** Skipped because of the overlap. */
  readonly skipped: readonly number[];
  readonly waiting: number | undefined;
}

export function settleOverlap({ policy, busy, fire, waiting }: Overlap): OverlapEnds {
  const waits = waiting === undefined ? [] : [waiting];
  const all = [...waits, ...fire];
  if (!busy || policy === 'allow' || policy === 'cancel') {
    // What waited would fetch what a newer one is to fetch.
    return fire.length > 0
      ? { fire, skipped: waits, waiting: undefined }
      : { fire: waits, skipped: [], waiting: undefined };
  }
  if (policy === 'skip') return { fire: [], skipped: all, waiting: undefined };
  return { fire: [], skipped: all.slice(0, -1), waiting: all.at(-1) };
}
