/** `validate`: is what is stored whole, in order, where it belongs, and the same in every tier? */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Events } from '../../core/events.ts';
import type { Selector } from '../../core/selector.ts';
import { parseSelector, selectsKey } from '../../core/selector-grammar.ts';
import { checkCatalog } from './check-catalog.ts';
import { type EntryCheck, EntryChecks } from './check-entries.ts';
import { Damage } from './damage.ts';
import { Findings } from './findings.ts';
import type { CareWatch, ValidationReport, ValidationRequest } from './maintenance.ts';
import { type StoredParts, silentTiers, slicesOf, storedHeads } from './stored.ts';

export interface ValidateParts extends StoredParts {
  readonly catalog: Catalog;
  readonly events: Events;
}

/** Page by page: what is in hand does not grow with what is stored. */
export async function validate(
  parts: ValidateParts,
  { selector: text, repair, samples }: ValidationRequest,
  watch: CareWatch,
): Promise<ValidationReport> {
  const { signal } = watch;
  const selector = parseSelector(text);
  parts.selection.check(selector);
  const findings = new Findings(samples);
  const damage = new Damage(parts, findings, (key) => selectsKey(selector, key));
  const checks = new EntryChecks({ ...parts, findings, damage, repair, signal });
  try {
    for (const tier of await silentTiers(parts.stack, signal)) checks.errors.set(tier, 'it does not answer');
    await checkEntries(parts, selector, checks, watch);
    const catalogued = await checkCatalog({ ...parts, findings, repair, signal }, selector);
    return reportOf({ text, repair, catalogued }, checks, findings);
  } finally {
    damage.close();
  }
}

async function checkEntries(
  parts: ValidateParts,
  selector: Selector,
  checks: EntryChecks,
  { signal, onProgress }: CareWatch,
): Promise<void> {
  for await (const page of storedHeads(parts, selector, signal)) {
    const now = parts.clock.now();
    // What is gone is housekeeping, which `gc` does.
    for (const slice of slicesOf(page.filter(({ goneAt }) => goneAt > now))) {
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
