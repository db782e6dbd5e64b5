import type { SilentTier } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import { servableAt } from '../core/freshness.ts';
import { type BatchedAsk, TickBatcher } from '../flow/tick-batcher.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { type Found, notFound } from './found.ts';
import { hostTiers, look, withoutHost } from './host-tiers.ts';
import type { MemoryReads } from './memory-reads.ts';

export interface OfflineReadsDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
}

type Ask = BatchedAsk<undefined, Found>;

/** Reads that ask only the tiers of this host. Those of one turn share a call per tier. */
export class OfflineReads {
  readonly #deps: OfflineReadsDeps;
  readonly #batcher: TickBatcher<undefined, Found>;

  constructor(deps: OfflineReadsDeps) {
    this.#deps = deps;
    this.#batcher = new TickBatcher((asked) => this.#read(asked));
  }

  /** What the first tier that has the key may serve, stale or not. A tier that fails is skipped. */
  get(key: string): Promise<Found> {
    return this.#batcher.ask(key, undefined);
  }

  async #read(asked: readonly Ask[]): Promise<void> {
    let open = asked;
    const silent: { readonly tier: Tier; readonly silence: SilentTier }[] = [];
    for (const tier of hostTiers(this.#deps.stack)) {
      if (open.length === 0) break;
      const { left, silence } = await this.#ask(tier, open);
      open = left;
      if (silence !== undefined) silent.push({ tier, silence });
    }
    for (const { key, resolve } of open) {
      const mayHave = silent.filter(({ tier }) => tier.traits.keeps.uses(key));
      resolve(notFound([...mayHave.map(({ silence }) => silence), ...withoutHost(this.#deps.stack, key)]));
    }
  }

  /** Resolves what this tier has. Returns the rest. */
  async #ask(tier: Tier, asked: readonly Ask[]) {
    const { stack, memoryReads, clock } = this.#deps;
    const keys = asked.map(({ key }) => key);
    const { entries, silent: silence } = await look(stack, tier, keys, 'entry');
    const now = clock.now();
    const left = asked.filter(({ resolve }, i) => {
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      if (entry === undefined || freshness === 'gone') return true;
      const decoded = memoryReads.decode(entry, 0);
      if (decoded === undefined) return true;
      if (entry.head.kind === 'absent') decoded.sampler.absentOffline();
      else decoded.sampler.offline(freshness === 'stale');
      resolve({ decoded, tier: tier.name });
      return false;
    });
    return { left, silence };
  }
}
