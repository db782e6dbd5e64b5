/** Selecting by tags: which sources and keys carry them, as far as their params tell. */
import type { Catalog } from '../catalog/catalog.ts';
import type { KeyTemplate } from '../core/key.ts';
import type { Selector } from '../core/selector/selector.ts';
import { selectsTags } from '../core/selector/selector-grammar.ts';
import { type Params, type Source, tagsBeyondKey, tagsOf } from '../core/source.ts';
import type { Breath } from '../flow/breath.ts';
import type { SelectedKeys } from './selected-keys.ts';

/** What becomes of a key of which nobody knows whether it carries a tag. */
export type Untold = 'include' | 'exclude';

/** Narrows by tags, which a key's params tell; what a key does not hold of them is remembered by the catalog. */
export async function withTags(
  catalog: Pick<Catalog, 'recall'>,
  page: SelectedKeys,
  selector: Selector,
  untold: Untold,
  fitted: FittedTags,
): Promise<SelectedKeys> {
  if (selector.tags.length === 0 || page.keys.length === 0) return page;
  const { source } = page;
  const matches = page.keys.map((key) => source.key.match(key));
  const isInKey = (i: number) => matches[i]?.complete === true && !tagsBeyondKey(source);
  const beside = page.keys.filter((key, i) => !page.params.has(key) && !isInKey(i));
  const recalled = beside.length === 0 ? [] : await catalog.recall(source.name, beside);
  const remembered = new Map(beside.map((key, i) => [key, recalled[i]]));
  const keys = page.keys.filter((key, i) => {
    const params = { ...matches[i]?.params, ...remembered.get(key), ...page.params.get(key) };
    if (selectsTags(selector, tagsOf(source, params))) return true;
    return untold === 'include' && mayBeOf(source, params, fitted);
  });
  return { ...page, keys };
}

/** Whether a value of these params carries one of the selector's tags, for all that they tell. */
function mayBeOf(source: Source, params: Params, fitted: FittedTags): boolean {
  return source.tags.some((template) => fitted.has(template) && !template.isFilledBy(params));
}

/** The templates of a source's tags that one of the selector's tags fits: values of a source without any cannot carry one. */
export type FittedTags = ReadonlySet<KeyTemplate>;

/** Found once for each source, since there may be a hundred thousand tags and as many keys. */
export async function fittedTags(source: Source, { tags }: Selector, breath: Breath): Promise<FittedTags> {
  const fitted = new Set<KeyTemplate>();
  for (const template of new Set(source.tags)) {
    for (const tag of tags) {
      if (breath.isDue) await breath.take();
      if (!template.fits(tag)) continue;
      fitted.add(template);
      break;
    }
  }
  return fitted;
}

/**
 * The only keys that can carry the selector's tags, where a tag names every param of its keys: then nothing need be looked
 * through. Undefined where one does not.
 */
export async function keysOfTags(
  source: Source,
  { tags }: Selector,
  breath: Breath,
): Promise<string[] | undefined> {
  const keys = new Set<string>();
  if (tags.length === 0) return undefined;
  for (const tag of tags) {
    if (breath.isDue) await breath.take();
    for (const template of source.tags) {
      const match = template.match(tag);
      if (match === undefined) continue;
      const whole = match.complete && source.key.names.every((name) => template.names.includes(name));
      if (!whole) return undefined;
      keys.add(source.key.build(match.params));
    }
  }
  return [...keys];
}
