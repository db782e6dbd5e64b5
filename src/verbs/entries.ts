/** Entries: read their values, list keys, inspect one. */
import { z } from 'zod';
import { answerOf, type SilentTier } from '../core/answer.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Entry } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { isOnHost, notAskedOffline } from '../tiers/stack/offline.ts';
import { silentTiers } from '../tiers/stack/stack.ts';
import { type EntryListDeps, listEntries } from './entry-list.ts';
import {
  COUNT_MS,
  type EntryFilter,
  type EntryPage,
  entryFilter,
  type KeyCountView,
} from './entry-shapes.ts';
import { headViewOf, inspectionOf, type LookUpDeps, lookUp } from './inspection.ts';
import type { HeadView, Inspection } from './inspection-shapes.ts';
import { limitArgument, selectorText } from './shapes.ts';

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

/** A key that belongs to no source is refused with `E_SELECTOR_INVALID`, everywhere. */
export interface EntryVerbs {
  /**
   * Asks the tiers, and never the origin. Offline, only those of this host: `unavailable` where the key is in no tier of it that
   * outlives a process, since memory alone cannot say that nothing is stored. A tier that does not answer is no error.
   */
  get(key: string, offline?: boolean): Promise<EntryRead>;
  /** `get` of many keys, in order: each tier is asked once. */
  getMany(keys: readonly string[]): Promise<EntryRead[]>;
  /**
   * Known keys, about `limit` per page, of those that the filter leaves. Rejects with `E_REQUEST_INVALID` for a cursor that no page
   * returned, or a tier that is not there.
   */
  list(selector: string, limit: number, cursor?: string, filter?: EntryFilter): Promise<EntryPage>;
  /** How many keys `list` would list, as far as they can be counted in so many ms; the rest is estimated, and said to be. */
  count(selector: string, within?: number): Promise<KeyCountView>;
  inspect(key: string): Promise<Inspection>;
}

export type EntryVerbsDeps = EntryListDeps & LookUpDeps;
const key = ['key', z.string()] as const;
const methods = {
  get: [key, ['offline', z.boolean().default(false)]],
  getMany: [['keys', z.array(z.string())]],
  list: [
    ['selector', selectorText().default('')],
    limitArgument(100),
    ['cursor', z.string().optional()],
    ['filter', entryFilter.optional()],
  ],
  count: [
    ['selector', selectorText().default('')],
    ['within', z.number().min(COUNT_MS.least).max(COUNT_MS.most).default(COUNT_MS.usual)],
  ],
  inspect: [key],
} as const satisfies Methods;

export function entryVerbs(deps: EntryVerbsDeps): EntryVerbs {
  return withChecks(methods, {
    get: (key, offline) => get(deps, key, offline),
    getMany: (keys) => getMany(deps, keys),
    list: (selector, limit, cursor, filter) => listEntries(deps, selector, limit, cursor, filter),
    // A page that is typed into asks: other processes start without.
    count: async (selector, within) => (await import('./count.ts')).countKeys(deps, selector, within),
    async inspect(key) {
      const { clock } = deps;
      return inspectionOf(await lookUp(deps, key), clock.now());
    },
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
