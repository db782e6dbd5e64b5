/** Which keys a tick takes out of the catalog, source by source, and in which order they are queued. */
import type { Catalog } from '../catalog/catalog.ts';
import { freshnessAt, isServable } from '../core/freshness.ts';
import type { Source } from '../core/source.ts';
import { dueBefore, recoverAt } from '../policy/refresh-horizon.ts';
import type { Stack } from '../tiers/stack/stack.ts';

/** Keys that were taken and never settled (their job was lost) are due again after this time, in ms. */
export const CLAIM_MS = 600_000;
/** Clocks and round trips apart, keys in hand are due within this of `CLAIM_MS` from now, in ms. */
const APART_MS = 60_000;

export interface DueKeysDeps {
  readonly catalog: Pick<Catalog, 'claim' | 'settle' | 'get'>;
  readonly stack: Pick<Stack, 'survey'>;
}

/** Takes up to `limit` keys; called until it takes fewer than that. */
export type Take = (limit: number) => Promise<readonly string[]>;

/** What is due now. */
export function takeDue({ catalog }: DueKeysDeps, { name }: Source, now: number): Take {
  return (limit) => catalog.claim(name, now, now + CLAIM_MS, limit);
}

/**
 * What is not due and would be stale before `next`. Keys that other jobs have in hand are due about `CLAIM_MS` after now, so those
 * times are left alone: `recover` takes what is really due then.
 */
export function takesAhead({ catalog }: DueKeysDeps, source: Source, now: number, next: number): Take[] {
  const until = now + CLAIM_MS;
  const bound = dueBefore(next, source.lifetime, source.spread);
  const soon = Math.min(bound, now + CLAIM_MS / 2);
  const takes: Take[] = [];
  if (soon > now) takes.push((limit) => catalog.claim(source.name, soon, until, limit));
  if (bound > until + APART_MS)
    takes.push((limit) => catalog.claim(source.name, bound, until, limit, until + APART_MS));
  return takes;
}

/**
 * Of keys that are due, those that cannot wait for the tick: without a servable value, stale before the next look, or failed.
 * The others are looked at again when they would be stale.
 */
export async function thatCannotWait(
  { catalog, stack }: DueKeysDeps,
  { name, lifetime }: Source,
  keys: readonly string[],
  { now, next, signal }: { readonly now: number; readonly next: number; readonly signal: AbortSignal },
): Promise<string[]> {
  const [surveys, records] = await Promise.all([stack.survey(keys, signal), catalog.get(name, keys)]);
  const wanted: string[] = [];
  const waiting: { readonly key: string; readonly dueAt: number }[] = [];
  for (const [i, key] of keys.entries()) {
    const head = surveys[i]?.newest;
    const at = isServable(head, now) ? recoverAt(head.staleAt, lifetime, next - now) : now;
    if (at <= now || records[i]?.failure !== undefined) wanted.push(key);
    else
      waiting.push({
        key,
        dueAt: head !== undefined && freshnessAt(head, now) === 'fresh' ? head.dueAt : at,
      });
  }
  if (waiting.length > 0) await catalog.settle(name, waiting);
  return wanted;
}
