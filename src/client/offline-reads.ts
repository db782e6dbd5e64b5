import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { Gather, type Gathered } from '../flow/tick-batcher.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { type Near, servableAt, valueIn } from './memory-reads.ts';

export interface LocalParts {
  readonly stack: Stack;
  readonly near: Near;
  readonly clock: Clock;
}

const NEVER = new AbortController().signal;

/** Reads that ask the tiers of this host only; those of one turn together. */
export class Local {
  readonly #parts: LocalParts;
  readonly #gather: Gather<undefined>;

  constructor(parts: LocalParts) {
    this.#parts = parts;
    this.#gather = new Gather((asked) => this.#read(asked));
  }

  /** What may be served, stale or not, of the first tier that has it. A tier that fails is passed over. */
  get(key: string): Promise<unknown> {
    return this.#gather.ask(key, undefined);
  }

  async #read(asked: readonly Gathered<undefined>[]): Promise<void> {
    let open = asked;
    for (const tier of this.#parts.stack.tiers) {
      if (tier.traits.reach !== 'shared' && open.length > 0) open = await this.#ask(tier, open);
    }
    for (const { resolve } of open) resolve(undefined);
  }

  /** Answers what this tier does not have. */
  async #ask(tier: Tier, asked: readonly Gathered<undefined>[]): Promise<readonly Gathered<undefined>[]> {
    const { stack, near, clock } = this.#parts;
    const keys = asked.map(({ key }) => key);
    const entries = await stack.look(tier, keys, 'entry', NEVER).catch(nothingUnlessClosed);
    const now = clock.now();
    return asked.filter(({ resolve }, i) => {
      const entry = entries[i];
      const freshness = entry === undefined ? 'gone' : servableAt(entry, now);
      if (entry === undefined || freshness === 'gone') return true;
      const view = near.read(entry, 0);
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
