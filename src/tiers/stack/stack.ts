/**
 * The contract of the stack: the tiers in order, and itself a tier. Reads go down until each key is found, and survive the
 * failure of any tier; what is found is copied to the tiers above, as old as it is. Writes go through all tiers at once, to
 * the memory of this process last. Entries are seen through the fences, so what was invalidated as a whole is not found.
 *
 * The files beside this one do one thing each: `read-down` a read (`reading` is its state), `write-through` a write, `survey`
 * where keys are newest and which tiers lack them, `fill` the copies to those (`overflow`: unless they push out others), `promotion` the copies upwards, `repair` what
 * a tier missed while it failed (`repairs` remembers that), `stack-scan` a walk over all tiers, `read-counter` the counts.
 * `tiered-stack` puts them together.
 *
 * Backing tiers are those that other processes see: they decide on writes, and a key is warm when they have it. In-process
 * tiers follow. What must stay true: no read fails because a tier does; copies never make an entry younger; nothing that was
 * written while a tier failed is lost to it.
 */
import type { SilentTier } from '../../core/answer.ts';
import type { Entry } from '../../core/entry.ts';
import type { Fences } from '../invalidation/fences.ts';
import type { Tier, Want, Write } from '../tier.ts';
import type { Survey } from './survey.ts';
import type { Alone, WrittenThrough } from './write-through.ts';

export type { Survey } from './survey.ts';
export type { Alone, TierOutcome, WrittenThrough } from './write-through.ts';

/** What a read found, and the tier that answered; both in the order of the keys, undefined for a miss. */
export interface Found {
  readonly entries: (Entry | undefined)[];
  readonly tiers: (string | undefined)[];
  /** The tiers that did not answer: what was not found may be there. Mostly empty. */
  readonly silent: readonly Silence[];
}

/** A tier that did not answer, and the keys that it may have, as places among those that were asked for. */
export interface Silence extends SilentTier {
  readonly places: readonly number[];
}

/** Returns, for a place, the tiers that did not answer and may have its key. */
export function silentTiers(silent: readonly Silence[]): (place: number) => readonly SilentTier[] {
  if (silent.length === 0) return () => NONE;
  const byPlace = new Map<number, SilentTier[]>();
  for (const { tier, reason, places } of silent) {
    const silence = { tier, reason };
    for (const place of places) byPlace.set(place, [...(byPlace.get(place) ?? []), silence]);
  }
  return (place) => byPlace.get(place) ?? NONE;
}

const NONE: readonly SilentTier[] = [];

export interface Stack extends Tier {
  readonly tiers: readonly Tier[];
  /** Through which every entry is seen. */
  readonly fences: Fences;
  /** `getMany`, which tier answered and which did not. Reads of values, and not of heads, are counted. */
  find(keys: readonly string[], want: Want, signal: AbortSignal): Promise<Found>;
  /** As `find`, and not counted: of a read that was counted when it found nothing, or of nobody's, to have values copied upwards. */
  readAgain(keys: readonly string[], signal: AbortSignal): Promise<Found>;
  /** What one of its tiers holds, as the fences let it be seen: what one of them dropped is a tombstone. */
  look(tier: Tier, keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]>;
  /**
   * `putMany`, and what came of it in each tier. Rejects when every backing tier failed: memory then keeps what was fetched, so that
   * reads survive, unless `alone` has it refused there, too.
   */
  writeThrough(writes: readonly Write[], signal: AbortSignal, alone?: Alone): Promise<WrittenThrough>;
  /** Where each key is newest, over the backing tiers. Rejects when none of them answers. */
  survey(keys: readonly string[], signal: AbortSignal): Promise<Survey[]>;
  /**
   * Copies the newest entries to the tiers that lack them, but not to one that overflows. Returns how many keys no tier lacks any
   * more that one did.
   */
  fill(keys: readonly string[], signal: AbortSignal): Promise<number>;
  /** Whether a tier was seen, in the last ten minutes, not to hold what it is given. */
  overflows(tier: string): boolean;
  /** Writes what tiers missed while they failed, to those that work again. Returns how many keys were settled. */
  repair(signal: AbortSignal): Promise<number>;
}
