/** What invalidations take and return. */
import { z } from 'zod';
import { invalidationMode, why } from './shapes.ts';

export const invalidateRequest = z
  .strictObject({
    selector: z.string().min(1).describe('Which keys. The empty selector is refused here.'),
    mode: invalidationMode()
      .default('stale')
      .describe('`stale` serves the old value until the new one lands; `drop` forgets it.'),
    rewarm: z.boolean().default(false).describe('Warm the same keys again right away.'),
    dryRun: z.boolean().default(false).describe('Only say what would be invalidated.'),
    why: why(),
  })
  .meta({ examples: [{ selector: 'source=profile', mode: 'stale', rewarm: true }] });
export type InvalidateRequest = z.infer<typeof invalidateRequest>;

export const clearRequest = z
  .strictObject({
    mode: invalidationMode()
      .default('drop')
      .describe('`drop` forgets every value; `stale` serves the old ones until new ones land.'),
    rewarm: z.boolean().default(false).describe('Warm everything again right away.'),
    why: why(),
  })
  .meta({ examples: [{ mode: 'drop', rewarm: true }] });
export type ClearRequest = z.infer<typeof clearRequest>;

export const invalidateReport = z.object({
  selector: z.string(),
  mode: invalidationMode(),
  dryRun: z.boolean(),
  keys: z
    .int()
    .nullable()
    .describe(
      'Keys that were, or would be, invalidated; null when it was done by tags or prefixes, without looking at keys.',
    ),
  bySource: z.record(z.string(), z.int()),
  byTier: z
    .record(z.string(), z.int())
    .describe(
      'Of a dry run: how many of them each tier has a servable value of; memory is that of the process that answers. A tier that did not answer is left out. Of many keys a sample stands for the others.',
    ),
  samples: z.array(z.string()).describe('Some of the keys.'),
  unknownTags: z
    .array(z.string())
    .describe('Tags of the selector that no source gives: only values that were set with them carry them.'),
  stamp: z
    .number()
    .nullable()
    .describe('No value whose fetch began before this stamp is served; null in a dry run.'),
  run: z.string().nullable().describe('The run that warms them again.'),
});
export type InvalidateReport = z.infer<typeof invalidateReport>;

/** The shapes that the API describes by name. */
export const invalidationShapes = {
  Clear: clearRequest,
  Invalidate: invalidateRequest,
  Invalidation: invalidateReport,
};
