/** Listing entries: keys page by page, each with what is stored under it and when it is due. */

import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Answer, answerOf } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { isServable, servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { parseSelector, selectsKey, selectsSource } from '../core/selector-grammar.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Stack, Survey } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import { answer, time } from './shapes.ts';

export const entryView = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  state: answer(),
  freshness: z.enum(['fresh', 'due', 'stale']).nullable().describe('Null where nothing servable was found.'),
  dueAt: time().nullable(),
  bodyBytes: z.int(),
  failure: z.string().nullable().describe('Why the last attempt did not succeed.'),
});
export type EntryView = z.infer<typeof entryView>;

export const entryPage = z.object({ entries: z.array(entryView), cursor: z.string().nullable() });
export type EntryPage = z.infer<typeof entryPage>;

export interface EntryListDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** A cursor is the source and the catalog's own cursor in it. Pages hold about `limit` entries. */
export async function listEntries(
  deps: EntryListDeps,
  text: string,
  limit: number,
  cursor: string | undefined,
): Promise<EntryPage> {
  const { selection, sources, catalog } = deps;
  const selector = parseSelector(text);
  selection.check(selector);
  if (selector.keys.length > 0 || selector.entities.length > 0 || selector.tags.length > 0)
    return listSelected(deps, selector, limit, cursor);
  const names = [...sources.values()]
    .filter((source) => selectsSource(selector, source))
    .map(({ name }) => name);
  let [name = names[0], at = ''] = cursor === undefined ? [] : splitCursor(cursor, names);
  const entries: EntryView[] = [];
  while (name !== undefined && entries.length < limit) {
    const page = await catalog.scan(name, at === '' ? undefined : at, limit);
    const keys = page.records.map(({ key }) => key).filter((key) => selectsKey(selector, key));
    const source = sources.get(name);
    if (source !== undefined) entries.push(...(await views(deps, source, keys, selector)));
    at = page.cursor ?? '';
    if (page.cursor === undefined) name = names[names.indexOf(name) + 1];
  }
  return { entries, cursor: name === undefined ? null : `${name}|${at}` };
}

/** Selections by key, tag or entity set are walked from the start for each page: the cursor says how many keys to skip. */
async function listSelected(
  deps: EntryListDeps,
  selector: ReturnType<typeof parseSelector>,
  limit: number,
  cursor: string | undefined,
) {
  const skip = cursor === undefined ? 0 : Number(splitCursor(cursor, [SELECTED])[1]);
  const entries: EntryView[] = [];
  let seen = 0;
  for await (const { source, keys } of deps.selection.known(selector, NEVER)) {
    const wanted = keys.slice(Math.max(0, skip - seen), Math.max(0, skip + limit - seen));
    seen += keys.length;
    if (wanted.length > 0) entries.push(...(await views(deps, source, wanted, undefined)));
    if (seen > skip + limit) return { entries, cursor: `${SELECTED}|${skip + limit}` };
  }
  return { entries, cursor: null };
}

/** Stands in cursors of such selections where other cursors name a source. */
const SELECTED = '(selected)';

function splitCursor(cursor: string, known: readonly string[]): [string, string] {
  const bar = cursor.lastIndexOf('|');
  const [name, at] = [cursor.slice(0, bar), cursor.slice(bar + 1)];
  if (bar > 0 && /^\d*$/.test(at) && known.includes(name)) return [name, at];
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `cursor "${cursor}" is not one that a page of this selector gave; begin without one`,
  );
}

async function views(
  { stack, catalog, clock }: EntryListDeps,
  source: Source,
  keys: readonly string[],
  ages: { readonly olderThan: number | undefined; readonly youngerThan: number | undefined } | undefined,
): Promise<EntryView[]> {
  if (keys.length === 0) return [];
  const [surveys, records] = await Promise.all([stack.survey(keys, NEVER), catalog.get(source.name, keys)]);
  const now = clock.now();
  return keys.flatMap((key, i): EntryView[] => {
    const head = surveys[i]?.newest;
    const record = records[i];
    const freshness = servableAt(head, now);
    const age = head === undefined ? Number.POSITIVE_INFINITY : now - head.checkedAt;
    if (ages?.olderThan !== undefined && !(age > ages.olderThan)) return [];
    if (ages?.youngerThan !== undefined && !(age < ages.youngerThan)) return [];
    return [
      {
        key,
        source: source.name,
        temperature: source.temperature,
        state: stateOf(stack, surveys[i], now),
        freshness: freshness === 'gone' ? null : freshness,
        dueAt: record?.dueAt ?? head?.dueAt ?? null,
        bodyBytes: head?.bodyBytes ?? 0,
        failure: record?.failure === undefined ? null : `${record.failure.outcome}: ${record.failure.reason}`,
      },
    ];
  });
}

/** A tier that did not answer says nothing of a key only where it may have it. */
function stateOf({ tiers }: Stack, survey: Survey | undefined, now: number): Answer {
  if (survey === undefined) return 'missing';
  const { key, newest, silent } = survey;
  if (isServable(newest, now)) return answerOf(newest);
  const isSilent = tiers.some(({ name, traits }) => silent.includes(name) && traits.keeps.uses(key));
  return isSilent ? 'unavailable' : 'missing';
}
