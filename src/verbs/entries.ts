/** Entries: read their values, list keys, inspect one. */
import { z } from 'zod';
import type { Entry, Head } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { freshnessAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { TEMPERATURES } from '../core/source.ts';
import { type EntryListDeps, type EntryPage, entryView, listEntries } from './entry-list.ts';
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

export const inspection = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  params: z.record(z.string(), z.string()),
  catalogued: z.boolean(),
  keptUntil: time()
    .nullable()
    .describe('Until when it is kept because somebody named it; afterwards only if an entity set has it.'),
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

export type EntryVerbsDeps = EntryListDeps;

export function entryVerbs(deps: EntryVerbsDeps): EntryVerbs {
  return {
    get: (key, offline) => get(deps, key, offline),
    getMany: (keys) => getMany(deps, keys),
    list: (selector, limit, cursor) => listEntries(deps, selector, limit, cursor),
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
    params: { ...source.key.match(key)?.params, ...remembered },
    catalogued: record !== undefined,
    keptUntil: record?.keptUntil ?? null,
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
