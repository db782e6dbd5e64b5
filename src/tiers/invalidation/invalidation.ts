/**
 * What an invalidation of keys does to a tier, or to all of them; and how this folder works.
 *
 * There are two kinds. An invalidation of keys writes tombstones or ends the freshness of what is stored (`invalidateIn`),
 * first in the shared tiers; then the bus (`bus.ts`, on a Redis stream) announces it, and each process does the same to its
 * own memory and disk (`local-invalidation.ts`). An invalidation of a whole tag, prefix or source raises a fence
 * (`fences.ts`): a stamp that entries are compared with when they are read, at the same cost however many it hides.
 *
 * `jobs/invalidate.ts` and the reader's writer call it. `bus-health.ts` knows whether this process hears the bus: while it
 * does not, its memory is not read. `with-current-fences.ts` is how reads know the latest fences without a round trip more.
 *
 * What must stay true: once an invalidation is acknowledged, no read of a shared tier returns a value whose fetch began
 * before it, and a memory returns none after the bus delay. Stamps decide, so everything here may happen twice or late.
 */
import { type Entry, type Head, NO_BODY, type Stamp } from '../../core/entry.ts';
import { expired, isMadeStale, timeOf } from '../../core/freshness.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import type { PutWrite, Write, Written } from '../tier.ts';

/** Keys of one source whose values, as far as their fetch began before `stamp`, must not be taken for current. */
export interface Invalidation {
  readonly source: string;
  readonly keys: readonly string[];
  /** `drop`: forget the value. `stale`: serve it until the new one lands. */
  readonly mode: InvalidationMode;
  readonly stamp: Stamp;
  /** When it was asked for, ms since the epoch. */
  readonly at: number;
}

/** What is to be invalidated in: a tier, or the stack. */
export interface Target {
  readonly heads: (keys: readonly string[]) => Promise<(Head | undefined)[]>;
  readonly put: (writes: readonly Write[]) => Promise<readonly Written[]>;
}

/** Tombstones outlive the longest fetch by far: a write that began before one loses to it. */
const TOMBSTONE_MS = 15 * 60_000;
/** How often an invalidation that loses a race against a write looks again. */
const LOOKS = 5;

/**
 * Idempotent, since stamps decide. Returns what must be announced: what was asked for, and drops with higher stamps of the keys
 * that needed one.
 */
export async function invalidateIn(
  target: Target,
  invalidation: Invalidation,
): Promise<readonly Invalidation[]> {
  if (invalidation.mode === 'drop') return drop(target, invalidation);
  const open = await expire(target, invalidation);
  if (open.length > 0) await target.put(open.map((key) => tombstone(invalidation, key)));
  return [invalidation];
}

/**
 * Puts tombstones. One may lose though the value was fetched before it: the value was made stale by an invalidation that took its
 * stamp later and came first, and has that stamp now. Such a key is dropped again, just above that stamp.
 */
async function drop(target: Target, invalidation: Invalidation): Promise<readonly Invalidation[]> {
  const drops: Invalidation[] = [];
  for (let open: readonly Invalidation[] = [invalidation]; open.length > 0; ) {
    drops.push(...open);
    const writes = open.flatMap((one) => one.keys.map((key) => tombstone(one, key)));
    const verdicts = await target.put(writes);
    const lost = writes.flatMap(({ entry }, i) => (verdicts[i] === 'superseded' ? [entry.head.key] : []));
    const heads = lost.length === 0 ? [] : await target.heads(lost);
    const lifted = heads.flatMap((head) =>
      head !== undefined && isLifted(head, invalidation) ? [head] : [],
    );
    const byStamp = Map.groupBy(lifted, ({ stamp }) => stamp + 1);
    open = Array.from(byStamp, ([stamp, of]) => ({ ...invalidation, stamp, keys: of.map(({ key }) => key) }));
  }
  return drops;
}

/** Above a drop only because it was made stale. To the millisecond: a value that is as old as that goes, too. */
function isLifted(head: Head, { stamp }: Invalidation): boolean {
  return head.kind !== 'dropped' && isMadeStale(head) && head.checkedAt <= timeOf(stamp);
}

/**
 * Gives what is stored the stamp of the invalidation and ends its freshness; the body stays. Returns the keys that need a
 * tombstone: those for which a write got in between each time, and those that are newer already, since what is newer in
 * one tier may not be in the memory of this process.
 */
async function expire(target: Target, invalidation: Invalidation): Promise<readonly string[]> {
  let open = invalidation.keys;
  const newer: string[] = [];
  for (let look = 0; look < LOOKS && open.length > 0; look += 1) {
    const heads = await target.heads(open);
    const verdicts = await target.put(open.map((key, i) => expiry(invalidation, key, heads[i])));
    newer.push(...open.filter((_, i) => verdicts[i] === 'superseded'));
    open = open.filter((_, i) => verdicts[i] === 'missing');
  }
  return [...open, ...newer];
}

function expiry(invalidation: Invalidation, key: string, head: Head | undefined): Write {
  if (head === undefined || head.kind === 'dropped') return tombstone(invalidation, key);
  return { kind: 'extend', key, stamp: invalidation.stamp, times: expired(head), checksum: head.checksum };
}

/** The entry that hides a key's older values until it is gone. */
export function tombstone({ source, stamp, at }: Invalidation, key: string): PutWrite {
  const times = { fetchedAt: at, checkedAt: at, dueAt: at, staleAt: at, goneAt: at + TOMBSTONE_MS };
  const head: Head = {
    key,
    source,
    kind: 'dropped',
    stamp,
    format: 'raw',
    tags: [],
    bodyBytes: 0,
    checksum: 0,
    ...times,
  };
  const entry: Entry = { head, body: NO_BODY };
  return { kind: 'put', entry };
}

/** Whether it was put by an invalidation of its key. What a fence dropped has the times of the value that it hides. */
export function isTombstone({ kind, bodyBytes, fetchedAt, staleAt, goneAt }: Head): boolean {
  return kind === 'dropped' && bodyBytes === 0 && fetchedAt === staleAt && goneAt === staleAt + TOMBSTONE_MS;
}
