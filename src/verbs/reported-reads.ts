/** Since when, and by whom, reads of a source are reported: what follows from them depends on it. */
import type { z } from 'zod';
import type { ReadReports } from '../catalog/popularity.ts';
import type { ProcessBeat } from '../catalog/registry.ts';
import { nameOf } from './runs/run-waits.ts';
import type { reportedReads } from './worth-shapes.ts';

export function reportedBy(
  { since, by }: ReadReports,
  processes: readonly ProcessBeat[],
): Omit<z.infer<typeof reportedReads>, 'overMs'> {
  return { since: since ?? null, by: by.flatMap((id) => nameOf(id, processes) ?? []) };
}
