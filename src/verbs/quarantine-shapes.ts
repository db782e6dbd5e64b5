/** What the verbs of quarantine take and return. */
import { z } from 'zod';
import { time, why } from './shapes.ts';

export const quarantinedKey = z.object({
  key: z.string(),
  source: z.string(),
  origin: z.string(),
  reason: z.string().describe('Why its last attempt failed.'),
  failures: z.int().describe('Attempts in a row that failed.'),
  at: time().describe('When the last one failed.'),
  retryAt: time().describe('When it is tried again.'),
});
export const quarantinePage = z.object({
  keys: z.array(quarantinedKey),
  cursor: z.string().nullable().describe('Where the next page begins; null: this is the last.'),
  total: z.int().describe('All keys that match, on whatever page.'),
});
export type QuarantinedKey = z.infer<typeof quarantinedKey>;
export type QuarantinePage = z.infer<typeof quarantinePage>;

const name = z.string().min(1).max(200).optional();
/** Which keys; all of them where nothing is said. */
export const quarantineFilter = z.strictObject({
  source: name.describe('Only keys of this source.'),
  origin: name.describe('Only keys of sources of this origin.'),
});
export type QuarantineFilter = z.infer<typeof quarantineFilter>;
export const quarantinePart = z.strictObject({
  ...quarantineFilter.shape,
  cursor: z.string().max(4_000).optional().describe('From the page before.'),
});
export type QuarantinePart = z.infer<typeof quarantinePart>;

/** Which keys are released where none are named, and why. */
export const releaseRequest = z.strictObject({ ...quarantineFilter.shape, why: why() });
export type ReleaseRequest = z.input<typeof releaseRequest>;

/** The shapes that the API describes by name. */
export const quarantineShapes = { QuarantinedKey: quarantinedKey };
