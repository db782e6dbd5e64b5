/** Checks of the catalog: is what should be kept warm stored, and does a source still ask for it? */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import { isGone } from '../../core/freshness.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { selectsKey, selectsSource } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Selection } from '../../warming/selection.ts';
import type { Findings } from './findings.ts';
import { takesOrphans } from './stored.ts';

export interface CatalogCheckDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly findings: Findings;
  readonly repair: boolean;
  readonly signal: AbortSignal;
}

const PAGE = 1_000;

/** Returns how many catalogued keys it has looked at. A selector of ages selects only what is stored, so there is nothing to check. */
export async function checkCatalog(deps: CatalogCheckDeps, selector: Selector): Promise<number> {
  if (selector.olderThan !== undefined || selector.youngerThan !== undefined) return 0;
  const { catalog, sources, selection, signal } = deps;
  let catalogued = 0;
  if (selector.keys.length + selector.entities.length + selector.tags.length > 0) {
    for await (const { source, keys } of selection.known(selector, signal)) {
      const records = await catalog.get(source.name, keys);
      const known = keys.filter((_, i) => records[i] !== undefined);
      catalogued += known.length;
      await checkStored(deps, source, known);
    }
    return catalogued;
  }
  for (const name of await catalog.sources()) {
    const source = sources.get(name);
    if (source === undefined ? !takesOrphans(selector) : !selectsSource(selector, source)) continue;
    for await (const page of pagesOf(deps, name)) {
      const keys = page.filter((key) => selectsKey(selector, key));
      catalogued += keys.length;
      const fitting = await checkOwner(deps, name, source, keys);
      if (source !== undefined) await checkStored(deps, source, fitting);
    }
  }
  return catalogued;
}

async function* pagesOf({ catalog, signal }: CatalogCheckDeps, name: string): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await catalog.scan(name, cursor, PAGE);
    yield page.records.map(({ key }) => key);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** Reports keys that no longer fit a source; a repair forgets them. Returns the others. */
async function checkOwner(
  { catalog, findings, repair }: CatalogCheckDeps,
  name: string,
  source: Source | undefined,
  keys: readonly string[],
): Promise<string[]> {
  const fits = (key: string) => source?.key.fits(key) === true;
  const orphans = keys.filter((key) => !fits(key));
  const reason =
    source === undefined
      ? `source "${name}" is not configured`
      : `it does not fit the template of source "${name}", ${source.key.text}`;
  for (const key of orphans) findings.add('orphan-key', { key, tier: null, reason });
  if (repair && orphans.length > 0) {
    await catalog.forget(name, orphans);
    findings.repaired('orphan-key', orphans.length);
  }
  return keys.filter(fits);
}

/**
 * A tier that does not answer may hold what the others lack, so nothing is reported then, nor about what was invalidated just
 * now. A repair makes the rest due.
 */
async function checkStored(
  { stack, catalog, clock, findings, repair, signal }: CatalogCheckDeps,
  source: Source,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const now = clock.now();
  const missing = (await stack.survey(keys, signal)).filter(
    ({ newest, silent }) => silent.length === 0 && (newest === undefined || isGone(newest, now)),
  );
  const unstored = missing.map(({ key }) => key);
  const reason = 'it is to be kept warm, and no tier has it';
  for (const key of unstored) findings.add('unstored', { key, tier: null, reason });
  if (!repair || unstored.length === 0) return;
  await catalog.reschedule(source.name, unstored, now);
  findings.repaired('unstored', unstored.length);
}
