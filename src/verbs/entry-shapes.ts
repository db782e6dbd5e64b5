/** The shapes of what listing, counting and previewing keys take and return. */
import { z } from 'zod';
import { TEMPERATURES } from '../core/source.ts';
import { headView, inspection } from './inspection-shapes.ts';
import { answer, time } from './shapes.ts';

export const entryView = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  state: answer(),
  freshness: z.enum(['fresh', 'due', 'stale']).nullable().describe('Null where nothing servable was found.'),
  dueAt: time().nullable(),
  checkedAt: time()
    .nullable()
    .describe(
      'When the origin last confirmed what is stored: its age counts from there. Null where nothing is.',
    ),
  bodyBytes: z.int(),
  lacking: z
    .array(z.string())
    .describe(
      'Tiers that keep it and have nothing of it, something older, or did not answer; memory is that of the process that answers.',
    ),
  failure: z.string().nullable().describe('Why the last attempt did not succeed.'),
});
export type EntryView = z.infer<typeof entryView>;

export const entryPage = z.object({
  entries: z.array(entryView),
  cursor: z.string().nullable(),
  looked: z
    .int()
    .describe(
      'Keys that were gone through for this page. Where few fit, a page ends after 10,000 of them, short or empty, with a cursor.',
    ),
  note: z
    .string()
    .nullable()
    .describe('Why this is only what the tiers hold, without a next page: the jobs Redis does not answer.'),
});
export type EntryPage = z.infer<typeof entryPage>;

/** Nothing that is stored is larger. */
export const MOST_BYTES = 2 ** 40;

/** What a listed key may be asked to be: `warm` is fresh or due. */
export const ENTRY_STATES = ['warm', 'fresh', 'due', 'stale', 'missing'] as const;

export const entryFilter = z.strictObject({
  state: z
    .enum(ENTRY_STATES)
    .optional()
    .describe('Only keys that are so: `warm` is fresh or due, and `missing` is nothing servable.'),
  tier: z
    .string()
    .min(1)
    .optional()
    .describe('`state` is that in this tier: a tier that has nothing, or something older, lacks the key.'),
  minBytes: z
    .number()
    .int()
    .min(0)
    .max(MOST_BYTES)
    .optional()
    .describe('Only keys whose body is so large, or larger.'),
});
export type EntryFilter = z.infer<typeof entryFilter>;

/** Whether a count is one. */
export const EXACTNESS = ['exact', 'estimate', 'at-least'] as const;
const exactness = () =>
  z
    .enum(EXACTNESS)
    .describe(
      '`estimate`: as many as there would be if the rest of the keys were as those that were gone through in time. `at-least`: so many were found in time.',
    );

export const keyCount = z.object({
  selector: z.string(),
  keys: z.int(),
  exactness: exactness(),
  sources: z
    .array(z.object({ source: z.string(), keys: z.int(), exactness: exactness() }))
    .describe('Those that have such keys.'),
  ms: z.int().describe('How long it took.'),
});
export type KeyCountView = z.infer<typeof keyCount>;

/** The shapes that the API describes by name. */
export const entryShapes = { Entry: entryView, Head: headView, Inspection: inspection, KeyCount: keyCount };

/** For how long a count may go on, in ms. */
export const COUNT_MS = { least: 10, usual: 1_000, most: 4_000 } as const;
