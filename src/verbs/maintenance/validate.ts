/** `validate`: is what is stored whole, in order, where it belongs, and the same in every tier? */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Events } from '../../core/events.ts';
import { isGone } from '../../core/freshness.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { selectsKey } from '../../core/selector/selector-grammar.ts';
import { readSelector } from '../long-selector.ts';
import { checkCatalog } from './check-catalog.ts';
import { type EntryCheck, EntryChecks } from './check-entries.ts';
import { Damage } from './damage.ts';
import { Findings } from './findings.ts';
import type { ValidationReport, ValidationRequest } from './maintenance-shapes.ts';
import { type StoredDeps, silentTiers, slicesOf, storedHeads } from './stored.ts';
import type { MaintenanceWatch } from './watch.ts';

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
