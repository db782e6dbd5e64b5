/** The verbs that look after what is stored: `export`, `import`, `purge`. */
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

/** What a verb that takes its time tells on its way. */
export interface CareWatch {
  /** Aborts the verb between two batches: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Entries, or lines, that are done so far. */
  readonly onProgress: (done: number) => void;
}

/** Every verb rejects with a `ForewarmError`. */
export interface CareVerbs {
  /**
   * What is stored and not gone, one line of JSON per entry, in batches of lines; `docs/format.md` describes a line. An entry
   * that is written meanwhile may come in its old form, its new one, or both.
   */
  export(request: ExportRequest, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /**
   * Stores the entries of an export, as old as they are: newest wins, by stamp. Rejects with `E_REQUEST_INVALID` at the first
   * line that is not one of an export, naming line, field and value; of the batch that holds it, nothing is written.
   */
  import(input: AsyncIterable<Uint8Array>, request: ImportRequest, watch: CareWatch): Promise<ImportReport>;
  /**
   * Removes the selected entries from every tier, also those that the catalog does not know. A write that began before it loses.
   * Without `forget`, the keys are due at once. One that dies in the middle is to be asked for again.
   */
  purge(request: PurgeRequest, signal: AbortSignal): Promise<PurgeReport>;
}
