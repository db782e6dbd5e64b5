/**
 * Entries that are whole and cannot be decoded all the same: written by force, by another program, or before a bound was set.
 * A read of one says so; to say "missing" would be untrue. As a damaged entry it is removed, so that nobody takes its head for
 * a warm key: without this no run would fetch it before its ttl is over, and an origin could confirm it for ever.
 */
import type { SilentTier } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Source } from '../core/source.ts';
import { orAfter } from '../flow/deadline.ts';
import type { RefreshAhead } from './misses/refresh-ahead.ts';

/** What a tier says that has an entry which cannot be decoded. */
export function silenceOfBody(tier: string, reason: string): SilentTier {
  return { tier, reason: `tier "${tier}" holds a value that cannot be decoded: ${reason}` };
}

export interface UndecodableValuesDeps {
  /** Drops these keys in every tier and process, within a bounded time. */
  readonly invalidate: (source: Source, keys: readonly string[]) => Promise<void>;
  /** Has the workers fetch what was removed. */
  readonly refreshAhead: Pick<RefreshAhead, 'add'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** For so long at most does a read wait for the removal before its key is loaded, in ms. */
const PATIENCE_MS = 500;

/** Removes what cannot be decoded, each key once at a time, and has it fetched again. */
export class UndecodableValues {
  readonly #deps: UndecodableValuesDeps;
  readonly #removals = new Map<string, Promise<void>>();

  constructor(deps: UndecodableValuesDeps) {
    this.#deps = deps;
  }

  /** Resolves when they are removed, or could not be in a short time: what is loaded from then on is fetched anew. */
  async remove(source: Source, keys: readonly string[]): Promise<void> {
    const { clock } = this.#deps;
    const added = keys.filter((key) => !this.#removals.has(key));
    if (added.length > 0) {
      const removal = this.#remove(source, added);
      for (const key of added) this.#removals.set(key, removal);
    }
    const removals = new Set(keys.map((key) => this.#removals.get(key)));
    const patience = Math.min(PATIENCE_MS, source.miss.hardDeadline / 2);
    await orAfter(clock, patience, Promise.all(removals), () => undefined);
  }

  async #remove(source: Source, keys: readonly string[]): Promise<void> {
    const { invalidate, refreshAhead, events } = this.#deps;
    try {
      await invalidate(source, keys);
      if (source.miss.policy === 'none') refreshAhead.add(source, keys);
    } catch (error) {
      events.emit('problem', { where: `removing what cannot be decoded of source "${source.name}"`, error });
    } finally {
      for (const key of keys) this.#removals.delete(key);
    }
  }
}
