/** The verbs that look after what is stored: `export`, `import`, `purge`, `validate`, `bench`. */
import { z } from 'zod';

const selectorText = () =>
  z.string().describe('Which keys, such as `source=profile`. The empty selector is everything configured.');

export const exportRequest = z.strictObject({
  selector: selectorText().default(''),
  bodies: z.boolean().default(true).describe('False: heads only. Such an export cannot be imported.'),
});
export type ExportRequest = z.infer<typeof exportRequest>;

export const importRequest = z.strictObject({
  dryRun: z.boolean().default(false).describe('Check every line and count, and write nothing.'),
});
export type ImportRequest = z.infer<typeof importRequest>;

export const refusedLine = z.object({
  line: z.int().describe('The first line is 1.'),
  key: z.string(),
  reason: z.string(),
});

export const importReport = z.object({
  dryRun: z.boolean(),
  lines: z.int().describe('Lines read, empty ones left out.'),
  written: z.int().describe('Entries that the tiers hold now, or would hold.'),
  superseded: z.int().describe('Entries that lost to something newer: a later fetch, or an invalidation.'),
  refused: z.int().describe('Entries that do not belong here: see `samples`.'),
  gone: z.int().describe('Entries that are past everything by now.'),
  samples: z.array(refusedLine).describe('Some of the refused ones.'),
});
export type ImportReport = z.infer<typeof importReport>;

export const purgeRequest = z.strictObject({
  selector: z.string().min(1).describe('Which keys. The empty selector is refused here.'),
  expired: z.boolean().default(false).describe('Only what is stale or gone (`clear-expired`).'),
  forget: z
    .boolean()
    .default(false)
    .describe('Take the keys out of the catalog, too: they are not kept warm any more. Not with `expired`.'),
  dryRun: z.boolean().default(false).describe('Only say what would be removed.'),
});
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

export const validationRequest = z.strictObject({
  selector: selectorText().default(''),
  repair: z.boolean().default(false).describe('Mend what is found, without a call to an origin.'),
  samples: z.int().min(0).max(1_000).default(10).describe('Findings to name, of each kind.'),
});
export type ValidationRequest = z.infer<typeof validationRequest>;

/** The kinds of findings. Of those that are not wrong it is only told: a tier may evict. */
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

export const validationReport = z.object({
  selector: z.string(),
  repair: z.boolean(),
  sound: z.boolean().describe('Every tier answered, and nothing is wrong that was not repaired.'),
  entries: z.int().describe('Stored keys looked at.'),
  bodies: z.int().describe('Bodies read, in all tiers.'),
  bytes: z.int().describe('Of these bodies.'),
  catalogued: z.int().describe('Catalogued keys looked at.'),
  findings: z.array(
    z.object({
      kind: z.enum(FINDINGS.map(({ kind }) => kind)),
      found: z.int(),
      repaired: z.int(),
      wrong: z.boolean().describe('Something of this kind is wrong, and was not repaired.'),
      samples: z.array(finding),
    }),
  ),
  tiers: z.array(z.object({ tier: z.string(), error: z.string() })).describe('Tiers that did not answer.'),
});
export type ValidationReport = z.infer<typeof validationReport>;

export const benchRequest = z.strictObject({
  selector: selectorText().default(''),
  keys: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Work on so many stored values, and at most 32 MiB.'),
  calls: z.int().min(0).max(1_000).default(3).describe('Calls to origins, in all; 0 is none.'),
});
export type BenchRequest = z.infer<typeof benchRequest>;

const milliseconds = () => z.number().describe('In ms.');
export const timing = z.object({
  calls: z.int(),
  keys: z.int().describe('Of all calls.'),
  keysPerSecond: z.number(),
  ...{ p50: milliseconds(), p95: milliseconds(), p99: milliseconds() },
});
export type Timing = z.infer<typeof timing>;

export const benchReport = z.object({
  selector: z.string(),
  at: z.number().describe('Milliseconds since the epoch.'),
  keys: z.int().describe('Values that were worked on.'),
  bytes: z.int().describe('Of their bodies.'),
  tiers: z.array(
    z.object({
      tier: z.string(),
      held: z.int().describe('How many of the values it holds.'),
      ...{
        get: timing.nullable(),
        getMany: timing.nullable(),
        put: timing.nullable(),
        putMany: timing.nullable(),
      },
      left: z.int().describe('Scratch entries that are left: they are empty and gone.'),
      error: z.string().nullable(),
    }),
  ),
  compression: z.array(
    z.object({
      with: z.enum(['zstd', 'gzip', 'brotli']),
      level: z.int(),
      bodies: z.int(),
      ratio: z.number().describe('Plain bytes by compressed ones.'),
      compressPerSecond: z.int().describe('Plain bytes.'),
      decompressPerSecond: z.int().describe('Plain bytes.'),
    }),
  ),
  origins: z.array(
    z.object({
      ...{ source: z.string(), origin: z.string(), call: timing.nullable() },
      tier: z.string().nullable().describe('The nearest tier that holds values.'),
      timesFaster: z.number().nullable().describe('A read of one key there, beside a call.'),
      error: z.string().nullable(),
    }),
  ),
});
export type BenchReport = z.infer<typeof benchReport>;

/** What a verb that takes its time tells on its way. */
export interface MaintenanceWatch {
  /** Aborts the verb between two batches: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Entries, or lines, that are done so far. */
  readonly onProgress: (done: number) => void;
}

/** Every verb rejects with a `ForewarmError`. */
export interface MaintenanceVerbs {
  /**
   * What is stored and not gone, one line of JSON per entry, in batches of lines; `docs/format.md` describes a line. An entry
   * that is written meanwhile may come in its old form, its new one, or both. Rejects with `E_TIER_UNAVAILABLE` while a tier does
   * not answer: it would not be whole.
   */
  export(request: ExportRequest, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /**
   * Stores the entries of an export, as old as they are: newest wins, by stamp. Rejects with `E_REQUEST_INVALID` at the first
   * line that is not one of an export, naming line, field and value; of the batch that holds it, nothing is written.
   */
  import(
    input: AsyncIterable<Uint8Array>,
    request: ImportRequest,
    watch: MaintenanceWatch,
  ): Promise<ImportReport>;
  /**
   * Removes the selected entries from every tier, also those that the catalog does not know. A write that began before it loses.
   * Without `forget`, the keys are due at once. One that dies in the middle is to be asked for again.
   */
  purge(request: PurgeRequest, signal: AbortSignal): Promise<PurgeReport>;
  /**
   * Reads every selected entry in every tier that outlives the process, and every catalogued key. Reading a damaged entry removes
   * it, as any read does. A repair writes the newest where it lacks or differs, removes orphans, catalogues what is stored, and
   * makes due what is not.
   */
  validate(request: ValidationRequest, watch: MaintenanceWatch): Promise<ValidationReport>;
  /**
   * Measures reads, writes, compression and a few calls to origins, with stored values. It changes none of them: writes go to
   * scratch keys, which are removed, and what an origin answers is let go. Calls take permits like any other.
   */
  bench(request: BenchRequest, signal: AbortSignal): Promise<BenchReport>;
}
