/** Entries: read their values, list keys, inspect one. */
import { z } from 'zod';
import type { Failure } from '../catalog/catalog.ts';
import type { ReadFailure, ReadFailures } from '../catalog/read-failures.ts';
import { type Answer, answerOf, type SilentTier } from '../core/answer.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Entry, Head } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { freshnessAt, isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { TEMPERATURES } from '../core/source.ts';
import { isOnHost, notAskedOffline } from '../tiers/stack/offline.ts';
import { silentTiers } from '../tiers/stack/stack.ts';
import { type EntryListDeps, type EntryPage, entryView, listEntries } from './entry-list.ts';
import { knownRecords } from './known-records.ts';
import { answer, limitArgument, selectorText, time } from './shapes.ts';

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
  unusable: z
    .string()
    .nullable()
    .describe('What the origin gave beside the value and cannot be used, such as an ETag with a line break.'),
  tags: z.array(z.string()),
  bodyBytes: z.int(),
});
export type HeadView = z.infer<typeof headView>;

export const inspection = z.object({
  key: z.string(),
  state: answer(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  params: z.record(z.string(), z.string()),
  catalogued: z
    .boolean()
    .nullable()
    .describe('Whether it is kept warm; null while the jobs Redis does not say.'),
  keptUntil: time()
    .nullable()
    .describe('Until when it is kept because somebody named it; afterwards only if an entity set has it.'),
  dueAt: time().nullable(),
  failure: z
    .object({
      outcome: z.enum(['refused', 'failed']),
      reason: z.string(),
      at: time(),
      count: z.int().describe('Attempts in a row that ended so.'),
      quarantined: z.boolean().describe('Whether it is set aside for that, and tried seldom.'),
    })
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

/** What is stored, as a reader gets it. */
export interface ValueView {
  readonly head: HeadView;
  readonly body: Uint8Array;
  /** The tier it was read from. */
  readonly tier: string;
}

/** What a read of the tiers can say. */
export type EntryRead =
  | ({ readonly state: 'value' | 'absent' } & ValueView)
  | { readonly state: 'missing' }
  | { readonly state: 'unavailable'; readonly tiers: readonly SilentTier[] };

/** The shapes that the API describes by name. */
export const entryShapes = { Entry: entryView, Head: headView, Inspection: inspection };

/** A key that belongs to no source is refused with `E_SELECTOR_INVALID`, everywhere. */
export interface EntryVerbs {
  /**
   * Asks the tiers, and never the origin. Offline, only those of this host: `unavailable` where the key is in no tier of it that
   * outlives a process, since memory alone cannot say that nothing is stored. A tier that does not answer is no error.
   */
  get(key: string, offline?: boolean): Promise<EntryRead>;
  /** `get` of many keys, in order: each tier is asked once. */
  getMany(keys: readonly string[]): Promise<EntryRead[]>;
  /** Known keys, about `limit` per page. Rejects with `E_REQUEST_INVALID` for a cursor that no page returned. */
  list(selector: string, limit: number, cursor?: string): Promise<EntryPage>;
  inspect(key: string): Promise<Inspection>;
}

export interface EntryVerbsDeps extends EntryListDeps {
  readonly readFailures: Pick<ReadFailures, 'of'>;
}

const key = ['key', z.string()] as const;
const methods = {
  get: [key, ['offline', z.boolean().default(false)]],
  getMany: [['keys', z.array(z.string())]],
  list: [['selector', selectorText().default('')], limitArgument(100), ['cursor', z.string().optional()]],
  inspect: [key],
} as const satisfies Methods;

export function entryVerbs(deps: EntryVerbsDeps): EntryVerbs {
  return withChecks(methods, {
    get: (key, offline) => get(deps, key, offline),
    getMany: (keys) => getMany(deps, keys),
    list: (selector, limit, cursor) => listEntries(deps, selector, limit, cursor),
    inspect: (key) => inspect(deps, key),
  });
}

/** Offline, each tier of this host is asked by itself: one that is down costs freshness, never an error. */
async function get(deps: EntryVerbsDeps, key: string, offline: boolean): Promise<EntryRead> {
  if (!offline) {
    const [read = MISSING] = await getMany(deps, [key]);
    return read;
  }
  const { stack, selection, clock } = deps;
  selection.sourceOf(key);
  const silent: SilentTier[] = [];
  for (const tier of stack.tiers.filter(isOnHost)) {
    const [entry] = await stack.look(tier, [key], 'entry', NEVER).catch((error: unknown) => {
      silent.push({ tier: tier.name, reason: messageOf(error) });
      return [];
    });
    const value = stored(entry, tier.name, clock.now());
    if (value !== undefined) return value;
  }
  const isKept = stack.tiers.some(({ traits }) => traits.reach === 'host' && traits.keeps.uses(key));
  return notFound(isKept ? silent : [...silent, ...notAskedOffline(stack, key)]);
}

async function getMany(
  { stack, selection, clock }: EntryVerbsDeps,
  keys: readonly string[],
): Promise<EntryRead[]> {
  for (const key of keys) selection.sourceOf(key);
  const { entries, tiers, silent } = await stack.find(keys, 'entry', NEVER);
  const now = clock.now();
  const silentAt = silentTiers(silent);
  return keys.map((_, i) => stored(entries[i], tiers[i] ?? stack.name, now) ?? notFound(silentAt(i)));
}

/** Undefined for what must not be served. */
function stored(entry: Entry | undefined, tier: string, now: number): EntryRead | undefined {
  if (entry === undefined || !isServable(entry.head, now)) return undefined;
  return { state: answerOf(entry.head), head: headViewOf(entry.head, now), body: entry.body, tier };
}

const MISSING: EntryRead = { state: 'missing' };

function notFound(tiers: readonly SilentTier[]): EntryRead {
  return tiers.length === 0 ? MISSING : { state: 'unavailable', tiers };
}

async function inspect({ stack, catalog, readFailures, selection, clock }: EntryVerbsDeps, key: string) {
  const source = selection.sourceOf(key);
  await stack.fences.sync();
  const records = knownRecords(catalog);
  const [[record], [remembered], read] = await Promise.all([
    records.get(source.name, [key]),
    catalog.recall(source.name, [key]).catch(() => []),
    readFailures.of(source.name, key).catch(() => undefined),
  ]);
  const tiers = await Promise.all(
    stack.tiers.map(async (tier) => {
      try {
        const [entry] = await stack.look(tier, [key], 'head', NEVER);
        return { tier: tier.name, head: entry?.head, error: null };
      } catch (error) {
        return { tier: tier.name, head: undefined, error: messageOf(error) };
      }
    }),
  );
  const now = clock.now();
  return {
    key,
    state: stateOf(tiers, now),
    source: source.name,
    temperature: source.temperature,
    params: { ...source.key.match(key)?.params, ...remembered },
    catalogued: records.silence === undefined ? record !== undefined : null,
    keptUntil: record?.keptUntil ?? null,
    dueAt: record?.dueAt ?? null,
    failure: latestFailure(record?.failure, read, tiers),
    tiers: tiers.map((tier) => ({
      ...tier,
      head: tier.head === undefined ? null : headViewOf(tier.head, now),
    })),
  };
}

/** What failed later counts; a read's failure no more, once a tier holds what the origin said since. */
function latestFailure(known: Failure | undefined, read: ReadFailure | undefined, tiers: readonly Looked[]) {
  const isOver = tiers.some(
    ({ head }) => head !== undefined && read !== undefined && head.checkedAt > read.at,
  );
  if (read === undefined || isOver || (known !== undefined && known.at >= read.at)) return known ?? null;
  return { outcome: 'failed', ...read, count: 1, quarantined: false } as const;
}

interface Looked {
  readonly head: Head | undefined;
  readonly error: string | null;
}

/** What a read would say: the newest of what the tiers hold counts. */
function stateOf(tiers: readonly Looked[], now: number): Answer {
  const heads = tiers.flatMap(({ head }) => head ?? []);
  const newest = heads.reduce<Head | undefined>(
    (best, head) => (best === undefined || head.stamp > best.stamp ? head : best),
    undefined,
  );
  if (isServable(newest, now)) return answerOf(newest);
  return tiers.some(({ error }) => error !== null) ? 'unavailable' : 'missing';
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
    unusable: head.unusable ?? null,
  };
}
