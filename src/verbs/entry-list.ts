/** Listing entries: keys page by page, each with what is stored under it and when it is due. */

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
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Stack, Survey } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import type { EntryFilter, EntryPage, EntryView } from './entry-shapes.ts';
import { type Fits, fitting } from './entry-states.ts';
import { type KnownRecords, knownRecords } from './known-records.ts';
import { readSelector } from './long-selector.ts';

export interface EntryListDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Records that are read together, whatever the page: the catalog gives more than it is asked for, never in an order. */
const SCAN = 200;
/** Keys that are gone through for a page of which few fit. */
const MOST_LOOKED = 10_000;

/**
 * Exactly `limit` entries per page, but for the last one, and for a page of which few keys fit. While the jobs Redis is away, the first
 * page is what the tiers hold.
 */
export async function listEntries(
  deps: EntryListDeps,
  text: string,
  limit: number,
  cursor: string | undefined,
  filter: EntryFilter = {},
): Promise<EntryPage> {
  const selector = await readSelector(text);
  await deps.selection.check(selector);
  checkTier(deps, filter);
  const records = knownRecords(deps.catalog);
  const fits = fitting(selector, filter);
  try {
    const page = await listKnown({ ...deps, records, fits }, selector, limit, cursor);
    return { ...page, note: records.silence ?? null };
  } catch (error) {
    if (!isRedisAway(error) || cursor !== undefined) throw error;
    const stored = await listStored({ ...deps, fits: fits ?? (() => true) }, selector, limit);
    return { ...stored, cursor: null, note: error.message };
  }
}

function checkTier({ stack }: EntryListDeps, { tier, state }: EntryFilter): void {
  if (tier === undefined) return;
  const names = stack.tiers.map(({ name }) => name);
  if (!names.includes(tier))
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `there is no tier ${quote(tier)}; there are ${names.join(', ')}`,
    );
  if (state === undefined)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `a tier needs a state: which keys in the tier ${quote(tier)}?`,
    );
}

interface KnownListDeps extends EntryListDeps {
  readonly records: KnownRecords;
  readonly fits: Fits | undefined;
}

type Listed = Omit<EntryPage, 'note'>;

/** A cursor is the source and the catalog's own cursor in it. */
async function listKnown(
  deps: KnownListDeps,
  selector: Selector,
  limit: number,
  cursor: string | undefined,
): Promise<Listed> {
  const { sources } = deps;
  if (selector.keys.length > 0 || selector.entities.length > 0 || selector.tags.length > 0)
    return listSelected(deps, selector, limit, cursor);
  const names = [...sources.values()]
    .filter((source) => selectsSource(selector, source))
    .map(({ name }) => name);
  let place = cursor === undefined ? placeAt(names[0]) : readPlace(cursor, names);
  const entries: EntryView[] = [];
  const isNarrow = deps.fits !== undefined || selector.prefixes.length > 0;
  let looked = 0;
  while (place !== undefined && entries.length < limit && looked < MOST_LOOKED) {
    const room = limit - entries.length;
    const { keys, next } = await keysAt(deps, place, isNarrow ? SCAN : room);
    const source = sources.get(place.source);
    const wanted = keys.filter((key) => selectsKey(selector, key));
    const found = source === undefined ? [] : await views(deps, source, wanted);
    entries.push(...found.slice(0, room));
    looked += keys.length;
    const last = found.length > room ? found[room - 1] : undefined;
    if (last !== undefined) place = { ...place, behind: last.key };
    else place = next ?? placeAt(names[names.indexOf(place.source) + 1]);
  }
  return { entries, looked, cursor: place === undefined ? null : writePlace(place) };
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
  { stack, sources, clock, fits }: EntryListDeps & { readonly fits: Fits },
  selector: Selector,
  limit: number,
): Promise<Pick<EntryPage, 'entries' | 'looked'>> {
  const entries: EntryView[] = [];
  let looked = 0;
  for await (const page of stack.scan('', errandSignal())) {
    const now = clock.now();
    for (const head of page) {
      looked += 1;
      const source = sources.get(head.source);
      const isSelected = source !== undefined && selectsSource(selector, source);
      if (!isSelected || !selectsKey(selector, head.key) || servableAt(head, now) === 'gone') continue;
      const found = { key: head.key, head, record: undefined, state: answerOf(head), lacking: [] };
      const view = viewOf(source, found, now);
      if (fits(view, now)) entries.push(view);
      if (entries.length >= limit) return { entries, looked };
    }
  }
  return { entries, looked };
}

/** Selections by key, tag or entity set are walked from the start for each page: the cursor says how many keys to skip. */
async function listSelected(
  deps: KnownListDeps,
  selector: Selector,
  limit: number,
  cursor: string | undefined,
): Promise<Listed> {
  const skip = cursor === undefined ? 0 : readSkip(cursor);
  const entries: EntryView[] = [];
  /** Keys that were passed by, those of earlier pages included. */
  let passed = 0;
  for await (const { source, keys } of deps.selection.known(selector, errandSignal())) {
    let at = Math.max(0, Math.min(keys.length, skip - passed));
    while (at < keys.length) {
      const room = limit - entries.length;
      if (room === 0 || passed + at - skip >= MOST_LOOKED)
        return { entries, looked: passed + at - skip, cursor: `${SELECTED}|${passed + at}` };
      const some = keys.slice(at, at + (deps.fits === undefined ? room : SCAN));
      const found = await views(deps, source, some);
      entries.push(...found.slice(0, room));
      const last = found.length > room ? found[room - 1] : undefined;
      at += last === undefined ? some.length : some.indexOf(last.key) + 1;
    }
    passed += keys.length;
  }
  return { entries, looked: Math.max(0, passed - skip), cursor: null };
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

async function views(
  { stack, records, clock, fits }: KnownListDeps,
  source: Source,
  keys: readonly string[],
): Promise<EntryView[]> {
  if (keys.length === 0) return [];
  const [surveys, known] = await Promise.all([
    stack.survey(keys, errandSignal()),
    records.get(source.name, keys),
  ]);
  const now = clock.now();
  return keys.flatMap((key, i) => {
    const survey = surveys[i];
    const state = stateOf(stack, survey, now);
    const found = { key, head: survey?.newest, record: known[i], state, lacking: survey?.lacking ?? [] };
    const view = viewOf(source, found, now);
    return fits === undefined || fits(view, now) ? [view] : [];
  });
}

/** A key, and what is known of it. */
interface Found {
  readonly key: string;
  readonly head: Head | undefined;
  readonly record: Awaited<ReturnType<KnownRecords['get']>>[number];
  readonly state: Answer;
  readonly lacking: readonly string[];
}

function viewOf(source: Source, { key, head, record, state, lacking }: Found, now: number): EntryView {
  const freshness = servableAt(head, now);
  return {
    ...{ key, source: source.name, temperature: source.temperature, state },
    freshness: freshness === 'gone' ? null : freshness,
    dueAt: record?.dueAt ?? head?.dueAt ?? null,
    checkedAt: head === undefined ? null : head.checkedAt,
    bodyBytes: head?.bodyBytes ?? 0,
    lacking: [...lacking],
    failure: record?.failure === undefined ? null : `${record.failure.outcome}: ${record.failure.reason}`,
  };
}

/** A tier that did not answer says nothing of a key only where it may have it. */
function stateOf({ tiers }: Stack, survey: Survey | undefined, now: number): Answer {
  if (survey === undefined) return 'missing';
  const { key, newest, silent } = survey;
  if (isServable(newest, now)) return answerOf(newest);
  const isSilent = tiers.some(({ name, traits }) => silent.includes(name) && traits.keeps.uses(key));
  return isSilent ? 'unavailable' : 'missing';
}
