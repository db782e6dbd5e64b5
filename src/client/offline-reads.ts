import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { type BatchedAsk, TickBatcher } from '../flow/tick-batcher.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { type MemoryReads, valueIn } from './memory-reads.ts';

export interface OfflineReadsDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
}

/** Reads that ask the tiers of this host only; those of one turn together. */
export class OfflineReads {
  readonly #deps: OfflineReadsDeps;
  readonly #gather: TickBatcher<undefined>;

  constructor(deps: OfflineReadsDeps) {
    this.#deps = deps;
    this.#gather = new TickBatcher((asked) => this.#read(asked));
  }

  /** What may be served, stale or not, of the first tier that has it. A tier that fails is passed over. */
  get(key: string): Promise<unknown> {
    return this.#gather.ask(key, undefined);
  }

  async #read(asked: readonly BatchedAsk<undefined>[]): Promise<void> {
    let open = asked;
    for (const tier of this.#deps.stack.tiers) {
      if (tier.traits.reach !== 'shared' && open.length > 0) open = await this.#ask(tier, open);
    }
    for (const { resolve } of open) resolve(undefined);
  }

  /** Answers what this tier does not have. */
  async #ask(tier: Tier, asked: readonly BatchedAsk<undefined>[]): Promise<readonly BatchedAsk<undefined>[]> {
    const { stack, memoryReads, clock } = this.#deps;
    const keys = asked.map(({ key }) => key);
    const entries = await stack.look(tier, keys, 'entry', NEVER).catch(nothingUnlessClosed);
    const now = clock.now();
    return asked.filter(({ resolve }, i) => {
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      if (entry === undefined || freshness === 'gone') return true;
      const view = memoryReads.read(entry, 0);
      if (view === undefined) return true;
      view.tally.below += 1;
      if (freshness === 'stale') view.tally.stale += 1;
      resolve(valueIn(view));
      return false;
    });
  }
}

function nothingUnlessClosed(error: unknown): [] {
  if (error instanceof ForewarmError && error.code === 'E_TIER_CLOSED') throw error;
  return [];
}
