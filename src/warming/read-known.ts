import type { Selector } from '../core/selector/selector.ts';
import type { SelectedKeys } from './selected-keys.ts';
import type { Selection } from './selection.ts';

/**
 * What a selector takes of all that is known, once the entity sets that it names have been read to their end: whoever writes does not
 * begin with what cannot be finished, nor while he may still be given up.
 */
export async function readKnown(
  selection: Pick<Selection, 'known'>,
  selector: Selector,
  signal: AbortSignal,
): Promise<AsyncIterable<SelectedKeys> | readonly SelectedKeys[]> {
  const known = selection.known(selector, signal);
  if (selector.entities.length === 0) return known;
  const pages: SelectedKeys[] = [];
  for await (const page of known) pages.push(page);
  return pages;
}
