/** What the verbs of maintenance take and return, but for `bench`, which the API does not offer. */
import { z } from 'zod';
import { selectorText, why } from '../shapes.ts';

export const exportRequest = z.strictObject({
  selector: selectorText().default(''),
  bodies: z.boolean().default(true).describe('False: heads only. Such an export cannot be imported.'),
});
export type ExportRequest = z.infer<typeof exportRequest>;

export const importRequest = z.strictObject({
  dryRun: z.boolean().default(false).describe('Check every line and count, and write nothing.'),
  why: why(),
});
export type ImportRequest = z.infer<typeof importRequest>;

export const refusedLine = z.object({
  line: z.int().describe('The first line is 1.'),
  key: z.string(),
  reason: z.string(),
});

export const missedByTier = z.object({
  tier: z.string(),
  entries: z.int().describe('Entries of batches that it did not take.'),
  reason: z.string().describe('Why it did not take the latest of them.'),
});

export const importReport = z.object({
  dryRun: z.boolean(),
  lines: z.int().describe('Lines read, empty ones left out.'),
  written: z.int().describe('Entries that the tiers hold now, or would hold.'),
  superseded: z.int().describe('Entries that lost to something newer: a later fetch, or an invalidation.'),
  refused: z.int().describe('Entries that do not belong here: see `samples`.'),
  gone: z.int().describe('Entries that are past everything by now.'),
  missed: z
    .array(missedByTier)
    .describe(
      'Tiers that failed, while others took what was written. Workers bring it to them once they answer.',
    ),
  samples: z.array(refusedLine).describe('Some of the refused ones.'),
});
export type ImportReport = z.infer<typeof importReport>;

export const purgeRequest = z
  .strictObject({
    selector: z.string().min(1).describe('Which keys. The empty selector is refused here.'),
    expired: z.boolean().default(false).describe('Only what is stale or gone (`clear-expired`).'),
    forget: z
      .boolean()
      .default(false)
      .describe(
        'Take the keys out of the catalog, too: they are not kept warm any more. Not with `expired`.',
      ),
    dryRun: z.boolean().default(false).describe('Only say what would be removed.'),
    why: why(),
  })
  .meta({ examples: [{ selector: 'source=profile', dryRun: true }] });
export type PurgeRequest = z.infer<typeof purgeRequest>;

export const purgeReport = z.object({
  ...{ selector: z.string(), expired: z.boolean(), forget: z.boolean(), dryRun: z.boolean() },
  keys: z.int().describe('Stored keys that were, or would be, removed.'),
  bySource: z.record(z.string(), z.int()),
  tiers: z
    .array(
      z.object({
        tier: z.string(),
        keys: z.int(),
        bytes: z.int().describe('Of the bodies, as the tier stores them.'),
        error: z.string().nullable().describe('Why the tier did not answer.'),
      }),
    )
    .describe('What each tier held of them.'),
  forgotten: z.int().describe('Keys that left, or would leave, the catalog.'),
  samples: z.array(z.string()).describe('Some of the keys.'),
});
export type PurgeReport = z.infer<typeof purgeReport>;

/** The kinds of findings. Those that are not wrong are reported all the same: a tier may evict. */
export const FINDINGS = [
  { kind: 'damaged', wrong: true, meaning: 'a head or a body is not as it was written' },
  { kind: 'head', wrong: true, meaning: 'the times of a head are out of order' },
  { kind: 'disagreement', wrong: true, meaning: 'a tier holds another value than the newest' },
  { kind: 'orphan-entry', wrong: true, meaning: 'an entry belongs to no source that is configured' },
  { kind: 'orphan-key', wrong: true, meaning: 'a catalogued key belongs to no source that is configured' },
  { kind: 'unstored', wrong: true, meaning: 'a catalogued key is in no tier' },
  { kind: 'uncatalogued', wrong: true, meaning: 'an entry is not in the catalog' },
  { kind: 'lacking', wrong: false, meaning: 'a tier lacks an entry that another has' },
] as const;
export type FindingKind = (typeof FINDINGS)[number]['kind'];

export const finding = z.object({
  key: z.string(),
  tier: z.string().nullable().describe('Null where it is not about one tier.'),
  reason: z.string(),
});
export type Finding = z.infer<typeof finding>;

export const findingsView = z.array(
  z.object({
    kind: z.enum(FINDINGS.map(({ kind }) => kind)),
    found: z.int(),
    repaired: z.int(),
    wrong: z.boolean().describe('Something of this kind is wrong, and was not repaired.'),
    samples: z.array(finding),
  }),
);

export const validationRequest = z
  .strictObject({
    selector: selectorText().default(''),
    repair: z.boolean().default(false).describe('Repair what is found, without a call to an origin.'),
    samples: z.int().min(0).max(1_000).default(10).describe('Findings to name, of each kind.'),
    why: why(),
  })
  .meta({ examples: [{ selector: 'source=profile', samples: 5 }] });
export type ValidationRequest = z.infer<typeof validationRequest>;

export const validationReport = z.object({
  selector: z.string(),
  repair: z.boolean(),
  sound: z.boolean().describe('Every tier answered, and nothing is wrong that was not repaired.'),
  entries: z.int().describe('Stored keys looked at.'),
  bodies: z.int().describe('Bodies read, in all tiers.'),
  bytes: z.int().describe('Of these bodies.'),
  catalogued: z.int().describe('Catalogued keys looked at.'),
  findings: findingsView,
  tiers: z.array(z.object({ tier: z.string(), error: z.string() })).describe('Tiers that did not answer.'),
});
export type ValidationReport = z.infer<typeof validationReport>;

export const gcReport = z.object({
  removed: z.int().describe('Entries removed from tiers.'),
  bytes: z.int().describe('Bytes given back.'),
  recoded: z.int().describe('Entries written anew with the key that is in use, or without one.'),
  orphans: z.int().describe('Catalogued keys that nothing asks for any more.'),
  runs: z.int().describe('Runs trimmed from the history.'),
  doubts: z
    .array(
      z.object({
        source: z.string(),
        missing: z.int().describe('Keys that no entity set has.'),
        keys: z.int().describe('Keys of the source that are kept warm, those included.'),
        lately: z.int().describe('Keys that were forgotten before, within the hour.'),
        until: z.int().describe('When a collection that finds the same forgets them, in ms since the epoch.'),
      }),
    )
    .describe(
      'Sources of which more is in no entity set than may vanish within an hour; these keys are kept.',
    ),
  failures: z
    .array(z.string())
    .describe('What could not be done, and why, such as `tier redis: …`. The rest was done.'),
});
export type GcReport = z.infer<typeof gcReport>;

/** The shapes that the API describes by name. */
export const maintenanceShapes = {
  GcReport: gcReport,
  ImportReport: importReport,
  Purge: purgeRequest,
  PurgeReport: purgeReport,
  Validation: validationRequest,
  ValidationReport: validationReport,
};
