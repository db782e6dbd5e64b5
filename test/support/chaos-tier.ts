/** A tier that fails, hangs or is slow, on command or by seed. With chaos off it behaves as the tier it wraps. */
import { type Clock, type Random, sleep } from '../../src/core/clock.ts';
import type { Entry, Head } from '../../src/core/entry.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../../src/tiers/tier.ts';

export interface Chaos {
  /** Every call fails. */
  down?: boolean;
  /** This many calls fail, then no more. */
  failures?: number;
  /** Calls fail with this probability, by `random`. */
  failureRate?: number;
  /** A failing write is stored all the same: only its answer is lost. */
  losesAnswers?: boolean;
  /** No call is answered before its signal aborts; and not even then, where the tier is `deaf`. */
  hangs?: boolean;
  deaf?: boolean;
  /** Every call takes this long, in ms. */
  delay?: number;
}

export class ChaosTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly chaos: Chaos;
  /** How many calls reached it. */
  calls = 0;
  readonly #tier: Tier;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(deps: {
    readonly tier: Tier;
    readonly clock: Clock;
    readonly random?: Random;
    readonly chaos?: Chaos;
  }) {
    this.#tier = deps.tier;
    this.name = deps.tier.name;
    this.traits = deps.tier.traits;
    this.#clock = deps.clock;
    this.#random = deps.random ?? (() => 1);
    this.chaos = deps.chaos ?? {};
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    await this.#suffer(signal);
    return this.#tier.getMany(keys, want, signal);
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    if (this.chaos.losesAnswers === true) await this.#tier.putMany(writes, signal);
    await this.#suffer(signal);
    return this.#tier.putMany(writes, signal);
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    await this.#suffer(signal);
    for await (const page of this.#tier.scan(prefix, signal)) {
      yield page;
      await this.#suffer(signal);
    }
  }

  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    await this.#suffer(signal);
    return this.#tier.sweep(now, limit, signal);
  }

  async usage(signal: AbortSignal): Promise<TierUsage> {
    await this.#suffer(signal);
    return this.#tier.usage(signal);
  }

  close(): Promise<void> {
    return this.#tier.close();
  }

  async #suffer(signal: AbortSignal): Promise<void> {
    this.calls += 1;
    const { chaos } = this;
    if (chaos.delay !== undefined) await sleep(this.#clock, chaos.delay, signal);
    if (chaos.hangs === true) await hang(chaos.deaf === true ? undefined : signal);
    if (chaos.failures !== undefined && chaos.failures > 0) {
      chaos.failures -= 1;
      throw new Error('chaos: told to fail');
    }
    if (chaos.down === true) throw new Error('chaos: down');
    if (this.#random() < (chaos.failureRate ?? 0)) throw new Error('chaos: by chance');
  }
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

/** A seeded source of randomness (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
