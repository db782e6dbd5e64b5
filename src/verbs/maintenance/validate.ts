/** `validate`: is what is stored whole, in order, where it belongs, and the same in every tier? */
import { z } from 'zod';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Events } from '../../core/events.ts';
import { isGone } from '../../core/freshness.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { selectsKey } from '../../core/selector/selector-grammar.ts';
import { readSelector } from '../long-selector.ts';
import { selectorText, why } from '../shapes.ts';
import { checkCatalog } from './check-catalog.ts';
import { type EntryCheck, EntryChecks } from './check-entries.ts';
import { Damage } from './damage.ts';
import { Findings, findingsView } from './findings.ts';
import { type StoredDeps, silentTiers, slicesOf, storedHeads } from './stored.ts';
import type { MaintenanceWatch } from './watch.ts';

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

export interface ValidateDeps extends StoredDeps {
  readonly catalog: Catalog;
  readonly events: Events;
}

/** Page by page, so that the memory it needs does not grow with what is stored. */
export async function validate(
  deps: ValidateDeps,
  { selector: text, repair, samples }: ValidationRequest,
  watch: MaintenanceWatch,
): Promise<ValidationReport> {
  const { signal } = watch;
  const selector = await readSelector(text);
  await deps.selection.check(selector);
  const findings = new Findings(samples);
  const damage = new Damage(deps, findings, (key) => selectsKey(selector, key));
  const checks = new EntryChecks({ ...deps, findings, damage, repair, signal });
  try {
    for (const tier of await silentTiers(deps.stack, signal)) checks.errors.set(tier, 'it does not answer');
    await checkEntries(deps, selector, checks, watch);
    const catalogued = await checkCatalog({ ...deps, findings, repair, signal }, selector);
    return reportOf({ text, repair, catalogued }, checks, findings);
  } finally {
    damage.close();
  }
}

async function checkEntries(
  deps: ValidateDeps,
  selector: Selector,
  checks: EntryChecks,
  { signal, onProgress }: MaintenanceWatch,
): Promise<void> {
  for await (const page of storedHeads(deps, selector, signal)) {
    const now = deps.clock.now();
    // Removing what is gone is the work of `gc`.
    for (const slice of slicesOf(page.filter((head) => !isGone(head, now)))) {
      signal.throwIfAborted();
      await checks.take(slice.map(({ key }) => key));
      onProgress(checks.entries);
    }
  }
  await checks.finish();
}

function reportOf(
  { text, repair, catalogued }: { text: string; repair: boolean; catalogued: number },
  { entries, bodies, bytes, errors }: EntryCheck,
  findings: Findings,
): ValidationReport {
  const found = findings.report();
  const tiers = [...errors].map(([tier, error]) => ({ tier, error }));
  return {
    ...{ selector: text, repair, entries, bodies, bytes, catalogued, findings: found, tiers },
    sound: tiers.length === 0 && !found.some(({ wrong }) => wrong),
  };
}
