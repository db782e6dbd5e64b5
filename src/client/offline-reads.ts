import type { SilentTier } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import { servableAt } from '../core/freshness.ts';
import { type BatchedAsk, TickBatcher } from '../flow/tick-batcher.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { type Found, notFound } from './found.ts';
import { hostTiers, look, withoutHost } from './host-tiers.ts';
import type { MemoryReads } from './memory-reads.ts';
import { silenceOfBody } from './undecodable-values.ts';

export interface OfflineReadsDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
}

type Ask = BatchedAsk<undefined, Found>;

/** By key, the tiers whose entry cannot be decoded. */
type Unreadable = Map<string, readonly SilentTier[]>;

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
    const unreadable: Unreadable = new Map();
    for (const tier of hostTiers(this.#deps.stack)) {
      if (open.length === 0) break;
      const { left, silence } = await this.#ask(tier, open, unreadable);
      open = left;
      if (silence !== undefined) silent.push({ tier, silence });
    }
    for (const { key, resolve } of open) {
      const mayHave = silent.filter(({ tier }) => tier.traits.keeps.uses(key));
      const silences = mayHave.map(({ silence }) => silence);
      resolve(notFound([...silences, ...(unreadable.get(key) ?? []), ...withoutHost(this.#deps.stack, key)]));
    }
  }

  /** Resolves what this tier has, and notes what it has and cannot be decoded. Returns the rest. */
  async #ask(tier: Tier, asked: readonly Ask[], unreadable: Unreadable) {
    const { stack, memoryReads, clock } = this.#deps;
    const keys = asked.map(({ key }) => key);
    const { entries, silent: silence } = await look(stack, tier, keys, 'entry');
    const now = clock.now();
    const left = asked.filter(({ key, resolve }, i) => {
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      if (entry === undefined || freshness === 'gone') return true;
      const { decoded, reason } = memoryReads.decode(entry, 0);
      if (reason !== undefined)
        unreadable.set(key, [...(unreadable.get(key) ?? []), silenceOfBody(tier.name, reason)]);
      if (decoded === undefined) return true;
      if (entry.head.kind === 'absent') decoded.sampler.absentOffline();
      else decoded.sampler.offline(freshness === 'stale');
      resolve({ decoded, tier: tier.name });
      return false;
    });
    return { left, silence };
  }
}
