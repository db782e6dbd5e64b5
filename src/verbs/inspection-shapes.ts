/** What is told of a key, tier by tier. */
import { z } from 'zod';
import { TEMPERATURES } from '../core/source.ts';
import { answer, time } from './shapes.ts';

export const headView = z.object({
  key: z.string(),
  source: z.string(),
  kind: z.enum(['value', 'absent', 'dropped']),
  freshness: z.enum(['fresh', 'due', 'stale', 'gone']),
  stamp: z.number(),
  fetchedAt: time(),
  checkedAt: time(),
  dueAt: time(),
  staleAt: time(),
  goneAt: time(),
  contentType: z.string().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  version: z.string().nullable(),
  unusable: z
    .string()
    .nullable()
    .describe('What the origin gave beside the value and cannot be used, such as an ETag with a line break.'),
  tags: z.array(z.string()),
  bodyBytes: z.int(),
});
export type HeadView = z.infer<typeof headView>;

export const inspection = z.object({
  key: z.string(),
  state: answer(),
  source: z.string(),
  origin: z.string().describe('Where its source has its values from.'),
  temperature: z.enum(TEMPERATURES),
  params: z.record(z.string(), z.string()),
  catalogued: z
    .boolean()
    .nullable()
    .describe('Whether it is kept warm; null while the jobs Redis does not say.'),
  keptUntil: time()
    .nullable()
    .describe('Until when it is kept because somebody named it; afterwards only if an entity set has it.'),
  dueAt: time().nullable(),
  failure: z
    .object({
      outcome: z.enum(['refused', 'failed']),
      reason: z.string(),
      at: time(),
      count: z
        .int()
        .describe('Attempts in a row that ended so; 0: the key was not to blame, and mostly not asked for.'),
      quarantined: z.boolean().describe('Whether it is set aside for that, and tried seldom.'),
    })
    .nullable(),
  tiers: z.array(
    z.object({
      tier: z.string(),
      head: headView.nullable(),
      error: z.string().nullable().describe('Why the tier did not answer.'),
    }),
  ),
});
export type Inspection = z.infer<typeof inspection>;
