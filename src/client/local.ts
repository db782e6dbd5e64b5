import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Stack } from '../tiers/stack.ts';
import { type Near, servableAt, valueIn } from './near.ts';

export interface LocalParts {
  readonly stack: Stack;
  readonly near: Near;
  readonly clock: Clock;
}

const NEVER = new AbortController().signal;

/** Reads that ask the tiers of this host only. */
export class Local {
  readonly #parts: LocalParts;

  constructor(parts: LocalParts) {
    this.#parts = parts;
  }

  /** What may be served, stale or not, of the first tier that has it. A tier that fails is passed over. */
  async get(key: string): Promise<unknown> {
    const { stack, near, clock } = this.#parts;
    for (const tier of stack.tiers) {
      if (tier.traits.reach === 'shared') continue;
      const [entry] = await stack.look(tier, [key], 'entry', NEVER).catch(skipUnlessClosed);
      if (entry === undefined || servableAt(entry, clock.now()) === 'gone') continue;
      const view = near.read(entry, 0);
      if (view === undefined) continue;
      view.tally.below += 1;
      return valueIn(view);
    }
    return undefined;
  }
}

function skipUnlessClosed(error: unknown): [] {
  if (error instanceof ForewarmError && error.code === 'E_TIER_CLOSED') throw error;
  return [];
}
