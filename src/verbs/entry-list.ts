/** Listing entries: keys page by page, each with what is stored under it and when it is due. */

import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Answer, answerOf } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { Head } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { isServable, servableAt } from '../core/freshness.ts';
import { quote } from '../core/quote.ts';
import { isRedisAway } from '../core/redis-away.ts';
import type { Selector } from '../core/selector/selector.ts';
import { selectsKey, selectsSource } from '../core/selector/selector-grammar.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Stack, Survey } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import { type KnownRecords, knownRecords } from './known-records.ts';
import { readSelector } from './long-selector.ts';
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

/** Records that are read together, whatever the page: the catalog gives more than it is asked for, never in an order. */
const SCAN = 200;

/** Exactly `limit` entries per page, but for the last one. While the jobs Redis is away, the first page is what the tiers hold. */
export async function listEntries(
  deps: EntryListDeps,
  text: string,
  limit: number,
  cursor: string | undefined,
): Promise<EntryPage> {
  const selector = await readSelector(text);
  await deps.selection.check(selector);
  const records = knownRecords(deps.catalog);
  try {
    const page = await listKnown({ ...deps, records }, selector, limit, cursor);
    return { ...page, note: records.silence ?? null };
  } catch (error) {
    if (!isRedisAway(error) || cursor !== undefined) throw error;
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
  const { sources } = deps;
  if (selector.keys.length > 0 || selector.entities.length > 0 || selector.tags.length > 0)
    return listSelected(deps, selector, limit, cursor);
  const names = [...sources.values()]
    .filter((source) => selectsSource(selector, source))
    .map(({ name }) => name);
  let place = cursor === undefined ? placeAt(names[0]) : readPlace(cursor, names);
  const entries: EntryView[] = [];
  while (place !== undefined && entries.length < limit) {
    const { keys, next } = await keysAt(deps, place, limit - entries.length);
    const source = sources.get(place.source);
    const wanted = keys.filter((key) => selectsKey(selector, key));
    if (source !== undefined) entries.push(...(await views(deps, source, wanted, selector)));
    place = next ?? placeAt(names[names.indexOf(place.source) + 1]);
  }
  return { entries, cursor: place === undefined ? null : writePlace(place) };
}

/** Where a page begins: in what the catalog gives at its own cursor, behind a key. */
interface Place {
  readonly source: string;
  /** The catalog's own; empty at the beginning. */
  readonly at: string;
  /** Keys up to this one were on an earlier page; empty: none of them. */
  readonly behind: string;
}

/**
 * The next keys, in their order within one piece of the catalog. Such a piece is read again for the next page: it holds every key
 * that it held before and that is still known, so none is left out, whatever is written meanwhile.
 */
async function keysAt(
  { catalog }: EntryListDeps,
  place: Place,
  limit: number,
): Promise<{ keys: string[]; next: Place | undefined }> {
  const page = await catalog.scan(place.source, place.at === '' ? undefined : place.at, SCAN);
  const found = new Set(page.records.map(({ key }) => key));
  const all = [...found].filter((key) => key > place.behind).sort();
  const keys = all.slice(0, limit);
  if (keys.length < all.length) return { keys, next: { ...place, behind: keys.at(-1) ?? '' } };
  const { cursor: at } = page;
  return { keys, next: at === undefined ? undefined : { ...place, at, behind: '' } };
}

function placeAt(source: string | undefined): Place | undefined {
  return source === undefined ? undefined : { source, at: '', behind: '' };
}

function writePlace({ source, at, behind }: Place): string {
  return [source, at, encodeURIComponent(behind)].join('|');
}

/** A cursor of the catalog is a number of 64 bits. */
const LARGEST_AT = 2n ** 64n - 1n;

export function readPlace(cursor: string, names: readonly string[]): Place {
  const parts = cursor.split('|');
  const [source = '', at = '', behind = ''] = parts;
  const isWhole = parts.length === 3 && names.includes(source);
  if (isWhole && /^\d{0,20}$/.test(at) && BigInt(at) <= LARGEST_AT) {
    try {
      return { source, at, behind: decodeURIComponent(behind) };
    } catch {
      // Not what `writePlace` wrote.
    }
  }
  throw notACursor(cursor);
}

/** What tiers hold, as they hold it. */
async function listStored(
  { stack, sources, clock }: EntryListDeps,
  selector: Selector,
  limit: number,
): Promise<EntryView[]> {
  const entries: EntryView[] = [];
  for await (const page of stack.scan('', errandSignal())) {
    const now = clock.now();
    for (const head of page) {
      const source = sources.get(head.source);
      const isSelected = source !== undefined && selectsSource(selector, source);
      if (!isSelected || !selectsKey(selector, head.key) || servableAt(head, now) === 'gone') continue;
      entries.push(
        ...viewsOf(
          source,
          [{ key: head.key, head, record: undefined, state: answerOf(head) }],
          now,
          selector,
        ),
      );
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
  const skip = cursor === undefined ? 0 : readSkip(cursor);
  const entries: EntryView[] = [];
  let seen = 0;
  for await (const { source, keys } of deps.selection.known(selector, errandSignal())) {
    const wanted = keys.slice(Math.max(0, skip - seen), Math.max(0, skip + limit - seen));
    seen += keys.length;
    if (wanted.length > 0) entries.push(...(await views(deps, source, wanted, undefined)));
    if (seen > skip + limit) return { entries, cursor: `${SELECTED}|${skip + limit}` };
  }
  return { entries, cursor: null };
}

/** Stands in cursors of such selections where other cursors name a source. */
const SELECTED = '(selected)';

export function readSkip(cursor: string): number {
  const [, digits] = /^\(selected\)\|(\d{1,15})$/.exec(cursor) ?? [];
  if (digits === undefined) throw notACursor(cursor);
  return Number(digits);
}

function notACursor(cursor: string): ForewarmError {
  return new ForewarmError(
    'E_REQUEST_INVALID',
    `cursor ${quote(cursor)} is not one that a page of this selector gave; begin without one`,
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
  const [surveys, known] = await Promise.all([
    stack.survey(keys, errandSignal()),
    records.get(source.name, keys),
  ]);
  const now = clock.now();
  const found = keys.map((key, i) => ({
    ...{ key, head: surveys[i]?.newest, record: known[i] },
    state: stateOf(stack, surveys[i], now),
  }));
  return viewsOf(source, found, now, ages);
}

/** A key, and what is known of it. */
interface Found {
  readonly key: string;
  readonly head: Head | undefined;
  readonly record: Awaited<ReturnType<KnownRecords['get']>>[number];
  readonly state: Answer;
}

function viewsOf(source: Source, found: readonly Found[], now: number, ages: Ages): EntryView[] {
  return found.flatMap(({ key, head, record, state }): EntryView[] => {
    const freshness = servableAt(head, now);
    const age = head === undefined ? Number.POSITIVE_INFINITY : now - head.checkedAt;
    if (ages?.olderThan !== undefined && !(age > ages.olderThan)) return [];
    if (ages?.youngerThan !== undefined && !(age < ages.youngerThan)) return [];
    return [
      {
        key,
        source: source.name,
        temperature: source.temperature,
        state,
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
