/** Counting what a selector selects, within a time: for a page that shows it as somebody types. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Selector } from '../core/selector/selector.ts';
import { selectsSource } from '../core/selector/selector-grammar.ts';
import type { Sources } from '../core/sources.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Selection } from '../warming/selection.ts';
import type { EXACTNESS, KeyCountView } from './entry-shapes.ts';
import { readSelector } from './long-selector.ts';

export interface CountDeps {
  readonly catalog: Pick<Catalog, 'size'>;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Sources that are gone through at the same time. */
const TOGETHER = 8;

type SourceCount = KeyCountView['sources'][number];
type Exactness = (typeof EXACTNESS)[number];

/**
 * The keys that `list` would list. Whole sources are known to the catalog; of other selections as many keys are gone through as the time
 * allows. Rejects as `list` does.
 */
export async function countKeys(deps: CountDeps, text: string, within: number): Promise<KeyCountView> {
  const { sources, selection, clock } = deps;
  const began = clock.elapsed();
  const selector = await readSelector(text);
  await selection.check(selector);
  const time = new AbortController();
  const timer = clock.after(within, () => time.abort());
  const counts: SourceCount[] = [];
  try {
    const selected = [...sources.keys()].filter((name) => {
      const source = sources.get(name);
      return source !== undefined && selectsSource(selector, source);
    });
    for (let from = 0; from < selected.length; from += TOGETHER) {
      const some = selected.slice(from, from + TOGETHER);
      const ask = (source: string) => countIn(deps, { ...selector, sources: [source] }, source, time.signal);
      counts.push(...(await Promise.all(some.map(ask))));
    }
  } finally {
    timer.cancel();
  }
  const keys = counts.reduce((sum, { keys: own }) => sum + own, 0);
  const shown = counts.filter(({ keys: own, exactness }) => own > 0 || exactness !== 'exact');
  const ms = Math.round(clock.elapsed() - began);
  return { selector: text, keys, exactness: worstOf(counts), sources: shown, ms };
}

function worstOf(counts: readonly SourceCount[]): Exactness {
  const all = counts.map(({ exactness }) => exactness);
  return all.includes('at-least') ? 'at-least' : all.includes('estimate') ? 'estimate' : 'exact';
}

async function countIn(
  { catalog, selection, clock }: CountDeps,
  selector: Selector,
  source: string,
  time: AbortSignal,
): Promise<SourceCount> {
  if (isWhole(selector))
    return { source, keys: (await catalog.size(source, clock.now())).keys, exactness: 'exact' };
  const signal = AbortSignal.any([time, errandSignal()]);
  let found = 0;
  let looked = 0;
  try {
    time.throwIfAborted();
    for await (const { keys } of selection.known(selector, signal, (some) => {
      looked += some;
    }))
      found += keys.length;
    return { source, keys: found, exactness: 'exact' };
  } catch (error) {
    errandSignal().throwIfAborted();
    if (!time.aborted) throw error;
  }
  if (looked === 0) return { source, keys: found, exactness: 'at-least' };
  // The catalog gives keys in an order that has nothing to do with their names: what was gone through stands for the rest.
  const { keys: all } = await catalog.size(source, clock.now());
  return { source, keys: Math.max(found, Math.round((found / looked) * all)), exactness: 'estimate' };
}

/** Whether it selects all keys of the sources that it selects. */
function isWhole({ entities, tags, keys, prefixes, olderThan, youngerThan }: Selector): boolean {
  const lists = [entities, tags, keys, prefixes];
  return lists.every(({ length }) => length === 0) && olderThan === undefined && youngerThan === undefined;
}
