/**
 * Sources of which the catalog keeps many keys warm that no entity set names any more: a list that came short looks like one that is
 * meant so, and what it leaves out would be missing from every figure. `gc` forgets such keys at its second look; until then reports
 * and runs say so. `gc` walks over the whole catalog; here a part of it speaks for the rest, so that the work has a bound.
 */
import type { Catalog, CatalogRecord } from '../catalog/catalog.ts';
import type { EntitySets } from '../catalog/entities/entities.ts';
import type { Shrinks } from '../catalog/shrinks.ts';
import type { Clock } from '../core/clock.ts';
import type { Selector } from '../core/selector/selector.ts';
import {
  namesKeysAlone,
  parseSelector,
  selectsKey,
  selectsSource,
} from '../core/selector/selector-grammar.ts';
import type { ShrunkSource } from '../core/shrunk-source.ts';
import { isFedBy, type Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { Breath } from '../flow/breath.ts';
import { mayVanish } from '../policy/absence.ts';
import type { Selection } from './selection.ts';
import { fittedTags, withTags } from './tag-selection.ts';
import { isOfOneSet, setsOf } from './unread-sets.ts';

export interface ShrunkSourcesDeps {
  readonly catalog: Catalog;
  readonly entities: EntitySets;
  readonly selection: Selection;
  readonly shrinks: Pick<Shrinks, 'lately'>;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** As it is found, with a key that is missing, to tell by it which tiers the source uses. */
export interface FoundShrink extends ShrunkSource {
  readonly sample: string;
}

const PAGE = 1_000;
/** Keys of a catalog that are looked at; it gives them in no order, so that they are a fair part of a larger one. */
const LOOKED_AT = 20_000;

/**
 * Whether so many keys in no entity set are more than may vanish at once, with those that were forgotten lately. Where the sets have no row
 * at all, one is.
 */
export function isShrink(
  { listed, missing, keys, lately }: { listed: number; missing: number; keys: number; lately: number },
  absence: number,
): boolean {
  if (missing === 0 || listed === 0) return missing > 0;
  return missing + lately > mayVanish(absence, keys + lately);
}

/** `misfit`: no key of a configured source, or one that was named and is kept no longer. `missing`: in no entity set, as far as these can be read now. */
export function stateIn(
  source: Source | undefined,
  isListed: boolean,
  { key, keptUntil }: CatalogRecord,
  now: number,
): 'expected' | 'misfit' | 'missing' {
  if (source === undefined || !source.key.fits(key)) return 'misfit';
  if (isListed) return 'expected';
  if (keptUntil !== undefined) return now < keptUntil ? 'expected' : 'misfit';
  return 'missing';
}

/**
 * The entity sets that feed a source. A list of an origin without rows has the columns that it declares, and feeds each
 * source whose keys have one of them: it may have had the others. The header of a file has all of its columns.
 */
export async function feedersOf(
  entities: EntitySets,
  source: Source,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const feeders: string[] = [];
  for (const name of names) {
    const columns = await entities.columns(name, signal);
    const mayFeed =
      entities.declaresColumns(name) && columns.some((column) => source.key.names.includes(column));
    if (isFedBy(source, columns) || (mayFeed && (await isEmpty(entities, name, signal)))) feeders.push(name);
  }
  return feeders;
}

async function isEmpty(entities: EntitySets, name: string, signal: AbortSignal): Promise<boolean> {
  for await (const rows of entities.load(name, signal)) if (rows.length > 0) return false;
  return true;
}

/**
 * Of the selected sources. One whose entity sets cannot all be read is none: that is told elsewhere. `given` says how many keys the sets
 * give of each source, or fewer: a source that keeps no more than that has not shrunk, and its sets are not read again.
 */
export async function shrunkSources(
  deps: ShrunkSourcesDeps,
  selector: Selector,
  given: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<FoundShrink[]> {
  const found: FoundShrink[] = [];
  // How old a value is that no set names is for nobody to ask.
  const { olderThan, youngerThan } = selector;
  if (namesKeysAlone(selector) || olderThan !== undefined || youngerThan !== undefined) return found;
  for (const source of deps.sources.values()) {
    if (!selectsSource(selector, source)) continue;
    const { keys } = await deps.catalog.size(source.name, deps.clock.now());
    // Keys that are listed and not kept yet are not warm, and every report says so.
    if (keys <= (given.get(source.name) ?? 0)) continue;
    try {
      const shrunk = await lookAt(deps, source, selector, signal);
      if (shrunk !== undefined) found.push(shrunk);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfOneSet(error)) throw error;
    }
  }
  return found;
}

async function lookAt(
  deps: ShrunkSourcesDeps,
  source: Source,
  selector: Selector,
  signal: AbortSignal,
): Promise<FoundShrink | undefined> {
  const { clock, entities, shrinks } = deps;
  const { name } = source;
  const now = clock.now();
  const selected = setsOf(entities, selector);
  const feeders = await feedersOf(entities, source, entities.names(), signal);
  if (!feeders.some((set) => selected.includes(set))) return undefined;
  const { unlisted, listed, share, keys } = await unlistedOf(deps, source, signal);
  const gone: string[] = [];
  const breath = new Breath({ clock });
  for (const record of unlisted) {
    if (stateIn(source, false, record, now) === 'missing') gone.push(record.key);
    if (breath.isDue) await breath.take();
  }
  const missing = Math.round(gone.length / share);
  const lately = await shrinks.lately(name, now);
  if (!isShrink({ listed, missing, keys, lately }, source.absence)) return undefined;
  const own = await selectedOf(deps, source, selector, gone);
  const [sample] = own;
  if (sample === undefined) return undefined;
  const figures = { listed, missing: Math.round(own.length / share), keys };
  return { source: name, entities: feeders, ...figures, sample };
}

/** Narrows by prefixes and by the tags that keys and their params tell of. */
async function selectedOf(
  { catalog, clock }: ShrunkSourcesDeps,
  source: Source,
  selector: Selector,
  gone: readonly string[],
): Promise<readonly string[]> {
  const breath = new Breath({ clock });
  const fitted = await fittedTags(source, selector, breath);
  if (selector.tags.length > 0 && fitted.size === 0) return [];
  const keys = gone.filter((key) => selectsKey(selector, key));
  const page = { source, keys, params: new Map(), unkeyed: 0 };
  return (await withTags(catalog, page, selector, 'exclude', fitted)).keys;
}

async function* listedKeys(
  { selection }: ShrunkSourcesDeps,
  source: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  for await (const page of selection.expected(parseSelector([`source=${source}`]), signal)) yield page.keys;
}

/** What the catalog has beside what entity sets name, of the share of it that is looked at; how many keys these name, and it has. */
async function unlistedOf(
  deps: ShrunkSourcesDeps,
  { name }: Source,
  signal: AbortSignal,
): Promise<{ unlisted: CatalogRecord[]; listed: number; share: number; keys: number }> {
  const { catalog, clock } = deps;
  const records = new Map<string, CatalogRecord>();
  let cursor: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await catalog.scan(name, cursor, PAGE);
    for (const record of page.records) records.set(record.key, record);
    cursor = page.cursor;
  } while (cursor !== undefined && records.size < LOOKED_AT);
  const looked = records.size;
  let listed = 0;
  for await (const page of listedKeys(deps, name, signal)) {
    listed += page.length;
    for (const key of page) records.delete(key);
  }
  const { keys } = await catalog.size(name, clock.now());
  const share = cursor === undefined || keys === 0 ? 1 : Math.min(1, looked / keys);
  return { unlisted: [...records.values()], listed, share, keys };
}
