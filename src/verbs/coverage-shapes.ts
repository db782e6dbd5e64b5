/** What a report of coverage holds. */
import { z } from 'zod';
import { words } from '../core/options.ts';
import { parseShare } from '../core/units.ts';
import { shrunkSource } from './shapes.ts';

export const tierCoverage = z.object({
  tier: z.string(),
  total: z.int(),
  fresh: z.int(),
  due: z.int(),
  stale: z.int(),
  missing: z.int().describe('Nothing servable is stored there.'),
  unavailable: z.int().describe('The tier did not answer for these.'),
  unlisted: z
    .int()
    .describe(
      'No entity set names these any more, though they are kept warm: see `shrunk`. They were not looked up.',
    ),
  absent: z.int().describe('Of those found: the origin says that it has no value.'),
  bytes: z.int().describe('Of the bodies found.'),
  missingSamples: z.array(z.string()),
  error: z.string().nullable(),
});

/** Keys of a source in one tier, or in whichever has each warmest. */
const amount = {
  total: z.int().describe('Keys that belong there.'),
  warm: z.int().describe('Fresh or due.'),
  fresh: z.int().describe('Not yet due.'),
  unknown: z
    .int()
    .describe('Keys that were not found warm, and of which a tier that may have them did not answer.'),
};

export const readsCovered = z.object({
  all: z.number().describe('Reads of the selected keys.'),
  warm: z.number().describe('Those of keys that are fresh or due in at least one tier.'),
  overMs: z
    .number()
    .describe('Over how much of the last hour reads were reported, in ms: all of it, or less.'),
});

export const sourceCoverage = z.object({
  source: z.string(),
  ...amount,
  tiers: z.array(z.object({ tier: z.string(), ...amount })),
  reads: readsCovered
    .nullable()
    .describe(
      'In about the last hour, as readers report them: an estimate, since busy readers report a sample. Null where none was reported.',
    ),
});

export const coldKey = z.object({
  key: z.string(),
  source: z.string(),
  cause: z.string().describe('The first cause that `explain` would name.'),
  reason: z.string().describe('What became of its value, and what holds it back.'),
});

export const DEMANDED = ['warm', 'fresh', 'known'] as const;

export const demandMiss = z.object({
  of: z
    .enum(DEMANDED)
    .describe(
      '`known`: whether it is reached is not known, since a tier, an entity set or the jobs Redis did not answer.',
    ),
  source: z.string().nullable().describe('Null: of all sources together.'),
  tier: z.string().nullable(),
  part: z.int(),
  total: z.int(),
  wanted: z.number().describe('The share that was demanded, from 0 to 1.'),
  short: z.int().describe('Keys that are lacking; of `known` 0.'),
  message: z.string(),
});

export const coverageVerdict = z.object({
  met: z.boolean(),
  unknown: z
    .boolean()
    .describe('Not met only because something did not answer: what is known is as it should be.'),
  misses: z.array(demandMiss),
});

export const coverageReport = z.object({
  selector: z.string(),
  total: z.int(),
  tiers: z.array(tierCoverage),
  sources: z
    .array(sourceCoverage)
    .describe('A key counts as warm, or fresh, that is so in at least one tier.'),
  reads: readsCovered
    .nullable()
    .describe(
      'Of all sources together. Null: no reader reported a read of a selected key within the hour, or nobody says.',
    ),
  outlived: z
    .array(z.object({ source: z.string(), keys: z.int() }))
    .describe(
      'Values that are warm, and older than the ttl that their source has now: they were stored under a longer one, or set with one of their own.',
    ),
  unread: z
    .array(z.object({ entities: z.string(), reason: z.string() }))
    .describe('Entity sets that cannot be read now, and why: their keys are not counted.'),
  unanswered: z
    .array(z.string())
    .describe('What else is not known, since the jobs Redis did not answer, and why: sentences.'),
  shrunk: z
    .array(shrunkSource)
    .describe(
      'Sources of which more keys are in no entity set any more than may vanish at once. They are counted, and not as warm, until `gc` forgets them at its second look.',
    ),
  reasons: z
    .array(z.object({ reason: z.string(), keys: z.int() }))
    .describe('Why keys are not warm: the most frequent reasons.'),
  cold: z.array(coldKey).describe('Some of the keys that are warm in no tier, and why.'),
  verdict: coverageVerdict.nullable().describe('Whether what was demanded holds; null: nothing was.'),
});

export type CoverageReport = z.infer<typeof coverageReport>;
export type SourceCoverage = z.infer<typeof sourceCoverage>;
export type DemandMiss = z.infer<typeof demandMiss>;

/** The tier by which a key counts that is warm anywhere. */
export const ANY_TIER = 'any';

const NO_SHARE = 'is not a share from 0 to 1: write it as 0.99, or as text: "99%"';
const share = () => z.union([z.number().min(0).max(1), words(parseShare, 'share')], NO_SHARE);

/** What coverage is to reach. Shares are numbers from 0 to 1, or words: `99%`, `0.99`. */
export const coverageDemand = z.strictObject({
  min: share().optional().describe('The share that is to be warm (fresh or due).'),
  fresh: share().optional().describe('The share that is to be fresh: not yet due.'),
  tier: z
    .string()
    .optional()
    .describe(
      'The tier that counts; `any`: a key counts that is so in at least one tier. Default: each tier but memory, by itself.',
    ),
  per: z
    .enum(['source', 'total'])
    .default('source')
    .describe('Whether each source is to reach it by itself, or all of them together.'),
});
export type CoverageDemand = z.infer<typeof coverageDemand>;

/** The shapes that the API describes by name. */
export const coverageShapes = { Coverage: coverageReport };
