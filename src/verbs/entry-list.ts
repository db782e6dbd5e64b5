/** Listing entries: keys page by page, each with what is stored under it and when it is due. */

import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Head } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Selector } from '../core/selector.ts';
import { parseSelector, selectsKey, selectsSource } from '../core/selector-grammar.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import { isAway, type KnownRecords, knownRecords } from './known-records.ts';
import { time } from './shapes.ts';

export const entryView = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  /** `missing`: nothing servable is stored. */
  freshness: z.enum(['fresh', 'due', 'stale', 'missing']),
  dueAt: time().nullable(),
  bodyBytes: z.int(),
  failure: z.string().nullable().describe('Why the last attempt did not succeed.'),
});
export type EntryView = z.infer<typeof entryView>;

export const entryPage = z.object({
  entries: z.array(entryView),
  cursor: z.string().nullable(),
  note: z
    .string()
    .nullable()
    .describe('Why this is only what the tiers hold, without a next page: the jobs Redis does not answer.'),
});
export type EntryPage = z.infer<typeof entryPage>;

export interface EntryListDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Pages hold about `limit` entries. While the jobs Redis is away, the first one is what the tiers hold. */
export async function listEntries(
  deps: EntryListDeps,
  text: string,
  limit: number,
  cursor: string | undefined,
): Promise<EntryPage> {
  const selector = parseSelector(text);
  deps.selection.check(selector);
  const records = knownRecords(deps.catalog);
  try {
    const page = await listKnown({ ...deps, records }, selector, limit, cursor);
    return { ...page, note: records.silence ?? null };
  } catch (error) {
    if (!isAway(error) || cursor !== undefined) throw error;
    return { entries: await listStored(deps, selector, limit), cursor: null, note: error.message };
  }
}

interface KnownListDeps extends EntryListDeps {
  readonly records: KnownRecords;
}

/** A cursor is the source and the catalog's own cursor in it. */
async function listKnown(
  deps: KnownListDeps,
  selector: Selector,
  limit: number,
  cursor: string | undefined,
): Promise<Omit<EntryPage, 'note'>> {
  const { sources, catalog } = deps;
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

/** What tiers hold, as they hold it. */
async function listStored(
  { stack, sources, clock }: EntryListDeps,
  selector: Selector,
  limit: number,
): Promise<EntryView[]> {
  const entries: EntryView[] = [];
  for await (const page of stack.scan('', NEVER)) {
    const now = clock.now();
    for (const head of page) {
      const source = sources.get(head.source);
      const isSelected = source !== undefined && selectsSource(selector, source);
      if (!isSelected || !selectsKey(selector, head.key) || servableAt(head, now) === 'gone') continue;
      entries.push(...viewsOf(source, [head.key], [head], [undefined], now, selector));
      if (entries.length >= limit) return entries;
    }
  }
  return entries;
}

/** Selections by key, tag or entity set are walked from the start for each page: the cursor says how many keys to skip. */
async function listSelected(
  deps: KnownListDeps,
  selector: Selector,
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

type Ages = Pick<Selector, 'olderThan' | 'youngerThan'> | undefined;

async function views(
  { stack, records, clock }: KnownListDeps,
  source: Source,
  keys: readonly string[],
  ages: Ages,
): Promise<EntryView[]> {
  if (keys.length === 0) return [];
  const [surveys, known] = await Promise.all([stack.survey(keys, NEVER), records.get(source.name, keys)]);
  const heads = surveys.map(({ newest }) => newest);
  return viewsOf(source, keys, heads, known, clock.now(), ages);
}

function viewsOf(
  source: Source,
  keys: readonly string[],
  heads: readonly (Head | undefined)[],
  records: Awaited<ReturnType<KnownRecords['get']>>,
  now: number,
  ages: Ages,
): EntryView[] {
  return keys.flatMap((key, i): EntryView[] => {
    const head = heads[i];
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
        freshness: freshness === 'gone' ? 'missing' : freshness,
        dueAt: record?.dueAt ?? head?.dueAt ?? null,
        bodyBytes: head?.bodyBytes ?? 0,
        failure: record?.failure === undefined ? null : `${record.failure.outcome}: ${record.failure.reason}`,
      },
    ];
  });
}
