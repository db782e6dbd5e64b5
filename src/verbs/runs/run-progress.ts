/** How far a run is, beside what is told of its keys: of one that goes on, or was stopped, that is not all. */
import { z } from 'zod';
import { ENDED_REASONS, type EndedReason, RUN_STATES, type Run } from '../../catalog/runs/runs.ts';
import type { Counts } from '../../core/outcome.ts';

export const runProgress = z.object({
  final: z
    .boolean()
    .describe('Whether it ended by itself, so that what is told of its keys holds for all of them.'),
  state: z.enum(RUN_STATES),
  endedReason: z.enum(ENDED_REASONS).nullable(),
  pending: z.int().describe('Keys without an outcome.'),
  cancelled: z.int().describe('Keys that were given up as it was stopped, or at its deadline.'),
});
export type RunProgress = z.infer<typeof runProgress>;

/** Whether its manifest was written, so that keys which are not in it are none of its own. */
export function isPlanned({ state, total, endedReason }: Run): boolean {
  return total > 0 || (state !== 'planning' && (endedReason ?? 'finished') === 'finished');
}

export function progressOf({
  state,
  endedReason,
  pending,
  counts,
}: Pick<Run, 'state' | 'pending'> & {
  readonly endedReason: EndedReason | null | undefined;
  readonly counts: Partial<Counts>;
}): RunProgress {
  const final = state === 'ended' && endedReason === 'finished';
  return { final, state, endedReason: endedReason ?? null, pending, cancelled: counts.cancelled ?? 0 };
}
