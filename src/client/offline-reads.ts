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

/** Reads that ask only the tiers of this host. Those of one turn share a call per tier. */
export class OfflineReads {
  readonly #deps: OfflineReadsDeps;
  readonly #batcher: TickBatcher<undefined>;

  constructor(deps: OfflineReadsDeps) {
    this.#deps = deps;
    this.#batcher = new TickBatcher((asked) => this.#read(asked));
  }

  /** What the first tier that has the key may serve, stale or not. A tier that fails is skipped. */
  get(key: string): Promise<unknown> {
    return this.#batcher.ask(key, undefined);
  }

  async #read(asked: readonly BatchedAsk<undefined>[]): Promise<void> {
    let open = asked;
    for (const tier of this.#deps.stack.tiers) {
      if (tier.traits.reach !== 'shared' && open.length > 0) open = await this.#ask(tier, open);
    }
    for (const { resolve } of open) resolve(undefined);
  }

  /** Resolves what this tier has. Returns the rest. */
  async #ask(tier: Tier, asked: readonly BatchedAsk<undefined>[]): Promise<readonly BatchedAsk<undefined>[]> {
    const { stack, memoryReads, clock } = this.#deps;
    const keys = asked.map(({ key }) => key);
    const entries = await stack.look(tier, keys, 'entry', NEVER).catch(nothingUnlessClosed);
    const now = clock.now();
    return asked.filter(({ resolve }, i) => {
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      if (entry === undefined || freshness === 'gone') return true;
      const decoded = memoryReads.decode(entry, 0);
      if (decoded === undefined) return true;
      decoded.sampler.offline(freshness === 'stale');
      resolve(valueIn(decoded));
      return false;
    });
  }
}

function nothingUnlessClosed(error: unknown): [] {
  if (error instanceof ForewarmError && error.code === 'E_TIER_CLOSED') throw error;
  return [];
}
