/** The shapes of invalidations, as the verbs take and answer them. */
import { z } from 'zod';
import { INVALIDATION_MODES } from '../core/invalidation-mode.ts';

export const invalidateRequest = z.strictObject({
  selector: z.string().min(1).describe('Which keys. The empty selector is refused here.'),
  mode: z
    .enum(['stale', 'drop'])
    .default('stale')
    .describe('`stale` serves the old value until the new one lands; `drop` forgets it.'),
  rewarm: z.boolean().default(false).describe('Warm the same keys again right away.'),
  dryRun: z.boolean().default(false).describe('Only say what would be invalidated.'),
});
export type InvalidateRequest = z.infer<typeof invalidateRequest>;

export const clearRequest = z.strictObject({
  mode: z
    .enum(['stale', 'drop'])
    .default('drop')
    .describe('`drop` forgets every value; `stale` serves the old ones until new ones land.'),
  rewarm: z.boolean().default(false).describe('Warm everything again right away.'),
});
export type ClearRequest = z.infer<typeof clearRequest>;

export const invalidateReport = z.object({
  selector: z.string(),
  mode: z.enum(INVALIDATION_MODES),
  dryRun: z.boolean(),
  keys: z
    .int()
    .nullable()
    .describe(
      'Keys that were, or would be, invalidated; null when it was done by tags or prefixes, without looking at keys.',
    ),
  bySource: z.record(z.string(), z.int()),
  samples: z.array(z.string()).describe('Some of the keys.'),
  stamp: z
    .number()
    .nullable()
    .describe('No value whose fetch began before this stamp is served; null in a dry run.'),
  run: z.string().nullable().describe('The run that warms them again.'),
});
export type InvalidateReport = z.infer<typeof invalidateReport>;
