/** Since when, and by whom, reads of a source are reported: what follows from them depends on it. */
import { z } from 'zod';
import type { ReadReports } from '../catalog/popularity.ts';
import type { ProcessBeat } from '../catalog/registry.ts';
import { nameOf } from './runs/run-waits.ts';
import { time } from './shapes.ts';

export const reportedReads = z.object({
  since: time()
    .nullable()
    .describe(
      'Since when reads of the source are reported without a gap; null: nobody reported any in the last hour.',
    ),
  overMs: z
    .number()
    .describe(
      'Over how much of the last hour they were, in ms. Less than an hour is too short to say that a key is not worth it.',
    ),
  by: z
    .array(z.string())
    .describe('Processes that report them, such as `reader 4711 on host-a`, as far as they run.'),
});

export function reportedBy(
  { since, by }: ReadReports,
  processes: readonly ProcessBeat[],
): Omit<z.infer<typeof reportedReads>, 'overMs'> {
  return { since: since ?? null, by: by.flatMap((id) => nameOf(id, processes) ?? []) };
}
