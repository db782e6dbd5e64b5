import type { KeyPage } from '../../catalog/runs/key-lists.ts';
import { count } from '../../core/counted.ts';
import { formatSelector, parseSelector } from '../../core/selector/selector-grammar.ts';
import type { Sources } from '../../core/sources.ts';
import type { Selection } from '../../warming/selection.ts';
import { readSelector } from '../long-selector.ts';
import { keysNamed, keysOfRows } from './named-keys.ts';
import { isOfKeysAlone, LONGEST_SHOWN, selectorOfRun } from './run-selector.ts';
import type { CheckedWarm } from './warm-request.ts';

export interface NamedPagesDeps {
  readonly sources: Sources;
  readonly selection: Pick<Selection, 'check'>;
}

/**
 * The keys that a request names, by rows, in a list, or in a selector that is too long for the record of a run; else undefined, and
 * its selector is checked.
 */
export async function namedPages(
  { sources, selection }: NamedPagesDeps,
  request: Pick<CheckedWarm, 'selector' | 'source' | 'rows' | 'keys'>,
): Promise<KeyPage[] | undefined> {
  const { source = '', rows, keys } = request;
  if (rows !== undefined) return keysOfRows(sources, source, rows);
  if (keys !== undefined) return keysNamed(sources, request.source, keys);
  const selector = await readSelector(request.selector);
  selectorOfRun(selector);
  await selection.check(selector);
  if (request.selector.length <= LONGEST_SHOWN || !isOfKeysAlone(selector)) return undefined;
  return keysNamed(sources, undefined, selector.keys);
}

/** So many named keys are told one by one. */
const FEW_KEYS = 5;

/** Such as `source=quote rows=3,000 (from prices.csv)`: for people, since no record holds the whole list. A few keys are told. */
export function describeNamed(
  { rows, from }: Pick<CheckedWarm, 'rows' | 'from'>,
  pages: readonly KeyPage[],
): string {
  const keys = pages.flatMap((page) => page.keys);
  const few = formatSelector({ ...parseSelector(''), keys: keys.slice(0, FEW_KEYS) });
  if (rows === undefined && from === undefined && keys.length <= FEW_KEYS && few.length <= 200) return few;
  const sources = [...new Set(pages.map(({ source }) => source))].join(',');
  const origin = from === undefined ? '' : ` (from ${from.replaceAll(/\s+/g, ' ')})`;
  return `source=${sources} ${rows === undefined ? 'keys' : 'rows'}=${count((rows ?? keys).length)}${origin}`;
}
