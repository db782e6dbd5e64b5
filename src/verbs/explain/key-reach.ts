/** Whether what a run or a schedule selects may have a key: only that can warm it, or could have. */
import type { Selector } from '../../core/selector/selector.ts';
import { selectsKey, selectsSource } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';
import { includesWord } from '../../core/word-lists.ts';
import type { KeyFacts } from './key-facts.ts';

type Keyed = Pick<KeyFacts, 'key' | 'source' | 'sets'>;

/** By source, key, entity set and tag; how old its value will be nobody knows. */
export function selectsFacts(selector: Selector, { key, source, sets }: Keyed): boolean {
  return (
    selectsSource(selector, source) &&
    selectsKey(selector, key) &&
    isOfSets(selector, source, sets) &&
    isOfTags(selector, source, key)
  );
}

/** A set that cannot be read may have it. A constant key is of no set, and selected by each. */
function isOfSets({ entities }: Selector, { key }: Source, sets: Keyed['sets']): boolean {
  if (entities.length === 0 || sets === undefined || key.names.length === 0) return true;
  const unread = sets.unread.map((set) => set.entities);
  return [...sets.listing, ...unread].some((name) => includesWord(entities, name));
}

/** A tag that the key itself spells out is known; one that depends on more of a row may be any of its kind. */
function isOfTags({ tags }: Selector, source: Source, key: string): boolean {
  if (tags.length === 0) return true;
  const params = source.key.match(key)?.params ?? {};
  return source.tags.some((template) =>
    template.isFilledBy(params)
      ? includesWord(tags, template.build(params))
      : tags.some((tag) => template.fits(tag)),
  );
}
