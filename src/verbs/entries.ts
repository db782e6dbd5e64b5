/** Entries: read their values, list keys, inspect one. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry, Head } from '../core/entry.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { freshnessAt } from '../core/freshness.ts';
import { parseSelector, selectsKey, selectsSource } from '../core/selector-grammar.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import { time } from './shapes.ts';

export const headView = z.object({
  key: z.string(),
  source: z.string(),
  kind: z.enum(['value', 'absent', 'dropped']),
  freshness: z.enum(['fresh', 'due', 'stale', 'gone']),
  stamp: z.number(),
  fetchedAt: time(),
  checkedAt: time(),
  dueAt: time(),
  staleAt: time(),
  goneAt: time(),
  contentType: z.string().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  version: z.string().nullable(),
  tags: z.array(z.string()),
  bodyBytes: z.int(),
});
export type HeadView = z.infer<typeof headView>;

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

export const entryPage = z.object({ entries: z.array(entryView), cursor: z.string().nullable() });
export type EntryPage = z.infer<typeof entryPage>;

export const inspection = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  params: z.record(z.string(), z.string()),
  catalogued: z.boolean(),
  dueAt: time().nullable(),
  failure: z
    .object({ outcome: z.enum(['refused', 'failed']), reason: z.string(), at: time(), count: z.int() })
    .nullable(),
  tiers: z.array(
    z.object({
      tier: z.string(),
      head: headView.nullable(),
      error: z.string().nullable().describe('Why the tier did not answer.'),
    }),
  ),
});
export type Inspection = z.infer<typeof inspection>;

/** A value as a reader gets it. */
export interface ValueView {
  readonly head: HeadView;
  readonly body: Uint8Array;
  /** The tier it was read from. */
  readonly tier: string;
}

/** The shapes that the API describes by name. */
export const entryShapes = { Entry: entryView, Head: headView, Inspection: inspection };

/** A key that belongs to no source is refused with `E_SELECTOR_INVALID`, everywhere. */
export interface EntryVerbs {
  /** Undefined when nothing servable is stored under this key. Offline, only the tiers of this host are asked. */
  get(key: string, offline: boolean): Promise<ValueView | undefined>;
  /** `get` of many keys, in order: each tier is asked once. */
  getMany(keys: readonly string[]): Promise<(ValueView | undefined)[]>;
  /** Known keys, about `limit` per page. Rejects with `E_REQUEST_INVALID` for a cursor that no page returned. */
  list(selector: string, limit: number, cursor: string | undefined): Promise<EntryPage>;
  inspect(key: string): Promise<Inspection>;
}

export interface EntryVerbsDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly sources: ReadonlyMap<string, Source>;
  readonly clock: Clock;
}

const NEVER = new AbortController().signal;

export function entryVerbs(deps: EntryVerbsDeps): EntryVerbs {
  return {
    get: (key, offline) => get(deps, key, offline),
    getMany: (keys) => getMany(deps, keys),
    list: (selector, limit, cursor) => list(deps, selector, limit, cursor),
    inspect: (key) => inspect(deps, key),
  };
}

/** Offline, each tier of this host is asked by itself: one that is down costs freshness, never an error. */
async function get(
  { stack, selection, clock }: EntryVerbsDeps,
  key: string,
  offline: boolean,
): Promise<ValueView | undefined> {
  selection.sourceOf(key);
  if (!offline) {
    const { entries, tiers } = await stack.find([key], 'entry', NEVER);
    return valueView(entries[0], tiers[0] ?? stack.name, clock.now());
  }
  for (const tier of stack.tiers.filter(({ traits }) => traits.reach !== 'shared')) {
    const [entry] = await stack.look(tier, [key], 'entry', NEVER).catch(() => []);
    const value = valueView(entry, tier.name, clock.now());
    if (value !== undefined) return value;
  }
  return undefined;
}

async function getMany({ stack, selection, clock }: EntryVerbsDeps, keys: readonly string[]) {
  for (const key of keys) selection.sourceOf(key);
  const { entries, tiers } = await stack.find(keys, 'entry', NEVER);
  const now = clock.now();
  return keys.map((_, i) => valueView(entries[i], tiers[i] ?? stack.name, now));
}

/** Undefined for what must not be served. */
function valueView(entry: Entry | undefined, tier: string, now: number): ValueView | undefined {
  if (entry === undefined || entry.head.kind === 'dropped') return undefined;
  const head = headViewOf(entry.head, now);
  return head.freshness === 'gone' ? undefined : { head, body: entry.body, tier };
}

/** A cursor is the source and the catalog's own cursor in it. Pages hold about `limit` entries. */
async function list(deps: EntryVerbsDeps, text: string, limit: number, cursor: string | undefined) {
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
  deps: EntryVerbsDeps,
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
  { stack, catalog, clock }: EntryVerbsDeps,
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
    const freshness = head === undefined || head.kind === 'dropped' ? 'gone' : freshnessAt(head, now);
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

async function inspect({ stack, catalog, selection, clock }: EntryVerbsDeps, key: string) {
  const source = selection.sourceOf(key);
  await stack.fences.sync();
  const [[record], [remembered]] = await Promise.all([
    catalog.get(source.name, [key]),
    catalog.recall(source.name, [key]),
  ]);
  const tiers = await Promise.all(
    stack.tiers.map(async (tier) => {
      try {
        const [entry] = await stack.look(tier, [key], 'head', NEVER);
        return {
          tier: tier.name,
          head: entry === undefined ? null : headViewOf(entry.head, clock.now()),
          error: null,
        };
      } catch (error) {
        return { tier: tier.name, head: null, error: messageOf(error) };
      }
    }),
  );
  return {
    key,
    source: source.name,
    temperature: source.temperature,
    params: { ...(remembered ?? source.key.match(key)?.params) },
    catalogued: record !== undefined,
    dueAt: record?.dueAt ?? null,
    failure: record?.failure ?? null,
    tiers,
  };
}

function headViewOf(head: Head, now: number): HeadView {
  const { params: _, checksum: __, format: ___, ...rest } = head;
  return {
    ...rest,
    tags: [...head.tags],
    freshness: freshnessAt(head, now),
    contentType: head.contentType ?? null,
    etag: head.etag ?? null,
    lastModified: head.lastModified ?? null,
    version: head.version ?? null,
  };
}
