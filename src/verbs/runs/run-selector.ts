/** Selectors that runs are kept with. Whoever lists a hundred runs reads as many of them. */
import { count } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { formatSelector } from '../../core/selector/selector-grammar.ts';

/** Characters of a selector that a run shows, and that it is kept with where it names keys. */
export const LONGEST_SHOWN = 4_096;
/** And of any other. */
const LONGEST = 65_536;

/** The text that a run is kept with. Throws `E_SELECTOR_INVALID` where it is too long, unless it names keys alone: they are kept beside the run. */
export function selectorOfRun(selector: Selector): string {
  const text = formatSelector(selector);
  if (text.length <= LONGEST || isOfKeysAlone(selector)) return text;
  const most = count(LONGEST);
  throw new ForewarmError(
    'E_SELECTOR_INVALID',
    `selector: it has ${count(text.length)} characters, and a run is kept with ${most} at most; ` +
      'use several runs, or name the keys alone',
  );
}

export function isOfKeysAlone({ keys, sources, temperatures, ...rest }: Selector): boolean {
  const others = [sources, temperatures, rest.entities, rest.tags, rest.prefixes];
  const hasAge = rest.olderThan !== undefined || rest.youngerThan !== undefined;
  return keys.length > 0 && !hasAge && others.every((list) => list.length === 0);
}
