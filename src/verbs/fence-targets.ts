/** Which fences stand for a selection: so that hiding a million values costs no more than hiding one. */

import type { Selector } from '../core/selector/selector.ts';
import { selectsSource } from '../core/selector/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import { mayBegin, type Sources } from '../core/sources.ts';
import { type FenceTarget, ofPrefix, ofSource, ofTag } from '../tiers/invalidation/fences.ts';

/** The fences for a selection by tags or prefixes alone, or by whole sources; undefined for any other, which goes key by key. */
export function fenceTargets(selector: Selector, sources: Sources): FenceTarget[] | undefined {
  const { tags, entities, keys, prefixes, olderThan, youngerThan } = selector;
  if (entities.length + keys.length > 0 || olderThan !== undefined || youngerThan !== undefined)
    return undefined;
  if (tags.length > 0 && prefixes.length > 0) return undefined;
  const all = [...sources.values()];
  const selected = all.filter((source) => selectsSource(selector, source));
  if (prefixes.length > 0) return prefixTargets(prefixes, selected, all);
  if (tags.length === 0) return selected.map(({ name }) => ofSource(name));
  return selector.sources.length + selector.temperatures.length > 0 ? undefined : tags.map(ofTag);
}

/** A fence on a prefix hides keys of every source, so it will not do where sources that are not selected may have such keys. */
function prefixTargets(
  prefixes: readonly string[],
  selected: readonly Source[],
  all: readonly Source[],
): FenceTarget[] | undefined {
  const others = all.filter((source) => !selected.includes(source));
  const [own, foreign] = [selected, others].map(mayBegin);
  const known = prefixes.filter((prefix) => own?.(prefix));
  return known.length === 0 || known.some((prefix) => foreign?.(prefix)) ? undefined : known.map(ofPrefix);
}
