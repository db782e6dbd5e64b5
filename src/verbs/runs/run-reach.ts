/** What a run may have, as far as its record tells. */
import { ForewarmError } from '../../core/errors.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { parseSelector, selectsSource } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';

/**
 * `keys`: named one by one, of these sources; the text of such a run is for people, and no selector. `unread`: another version wrote its
 * selector, and this one cannot read it: the run may have anything.
 */
export type RunReach =
  | { readonly kind: 'selector'; readonly selector: Selector }
  | { readonly kind: 'keys'; readonly sources: readonly string[] }
  | { readonly kind: 'unread'; readonly reason: string };

/** The part of a run that tells it. */
interface Asked {
  readonly selector: string;
  readonly named: { readonly sources: readonly string[] } | undefined;
}

export function reachOf({ selector, named }: Asked): RunReach {
  if (named !== undefined) return { kind: 'keys', sources: named.sources };
  try {
    return { kind: 'selector', selector: parseSelector(selector) };
  } catch (error) {
    if (!(error instanceof ForewarmError)) throw error;
    return { kind: 'unread', reason: error.message };
  }
}

/** The temperature is undefined of a source that is configured no more. */
export function reachesSource(
  reach: RunReach,
  source: { readonly name: string; readonly temperature: Source['temperature'] | undefined },
): boolean {
  switch (reach.kind) {
    case 'selector':
      return selectsSource(reach.selector, source);
    case 'keys':
      return reach.sources.includes(source.name);
    case 'unread':
      return true;
  }
}
