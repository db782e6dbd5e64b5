import type { Clock } from '../../core/clock.ts';
import type { Entry, Head } from '../../core/entry.ts';
import type { EventMap, Events } from '../../core/events.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';

export interface TimedTierDeps {
  readonly tier: Tier;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * A tier that reports how long its reads and writes take, for one that needs no guard: the memory of this process, which neither
 * hangs nor goes away. Guarded tiers report it themselves.
 */
export class TimedTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #tier: Tier;
  readonly #clock: Clock;
  readonly #events: Events;

  constructor({ tier, clock, events }: TimedTierDeps) {
    this.name = tier.name;
    this.traits = tier.traits;
    this.#tier = tier;
    this.#clock = clock;
    this.#events = events;
  }

  getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return this.#timed('get', keys.length, () => this.#tier.getMany(keys, want, signal));
  }

  putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    return this.#timed('put', writes.length, () => this.#tier.putMany(writes, signal));
  }

  scan(prefix: string, signal: AbortSignal): AsyncIterable<Head[]> {
    return this.#tier.scan(prefix, signal);
  }

  sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    return this.#tier.sweep(now, limit, signal);
  }

  usage(signal: AbortSignal): Promise<TierUsage> {
    return this.#tier.usage(signal);
  }

  close(): Promise<void> {
    return this.#tier.close();
  }

  /** A call fails only when the tier is closed or the caller gives up: then there is nothing to report. */
  async #timed<T>(verb: EventMap['tier:call']['verb'], keys: number, act: () => Promise<T>): Promise<T> {
    const began = this.#clock.elapsed();
    const answer = await act();
    const ms = this.#clock.elapsed() - began;
    this.#events.emit('tier:call', { tier: this.name, verb, keys, ms, ok: true });
    return answer;
  }
}
