/** How far a run is, beside what is told of its keys: of one that goes on, or was stopped, that is not all. */
import type { EndedReason, Run } from '../../catalog/runs/runs.ts';
import type { Counts } from '../../core/outcome.ts';
import type { RunProgress } from './run-report-shapes.ts';

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
