import type { Clock } from '../../core/clock.ts';
import type { Entry, Head } from '../../core/entry.ts';
import { isExpired, type Retention } from '../retention.ts';
import {
  keyOf,
  type Tier,
  type TierTraits,
  type TierUsage,
  type Want,
  type Write,
  type Written,
} from '../tier.ts';

export interface FilteredTierDeps {
  readonly tier: Tier;
  readonly keeps: Retention;
  readonly clock: Clock;
}

/**
 * A tier of which only some sources make use, or that keeps entries for some time only. It is not asked for what it does
 * not keep, and not given it. Tombstones stay until they are gone, since they hold older writes off; and the tier is given those of what it does not
 * keep, too: a source may have used it until lately and use it again, and what was dropped in between must not come back.
 */
export class FilteredTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #tier: Tier;
  readonly #keeps: Retention;
  readonly #clock: Clock;

  constructor({ tier, keeps, clock }: FilteredTierDeps) {
    this.name = tier.name;
    this.traits = { ...tier.traits, keeps };
    this.#tier = tier;
    this.#keeps = keeps;
    this.#clock = clock;
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    signal.throwIfAborted();
    const mine = keys.filter((key) => this.#keeps.uses(key));
    if (mine.length === 0 && keys.length > 0) return keys.map(() => undefined);
    const found = await this.#tier.getMany(mine, want, signal);
    const now = this.#clock.now();
    let at = 0;
    return keys.map((key) => {
      const entry = mine[at] === key ? found[at++] : undefined;
      return entry === undefined || isExpired(this.#keeps, entry.head, now) ? undefined : entry;
    });
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    signal.throwIfAborted();
    const now = this.#clock.now();
    const verdicts = new Array<Written>(writes.length).fill('not-kept');
    const taken = [...writes.entries()].filter(([, write]) => this.#takes(write, now));
    if (taken.length === 0 && writes.length > 0) return verdicts;
    const answers = await this.#tier.putMany(
      taken.map(([, write]) => write),
      signal,
    );
    for (const [at, [i, write]] of taken.entries()) {
      // Of what it does not keep nobody is told: other tiers need not agree with it.
      if (this.#keeps.uses(keyOf(write))) verdicts[i] = answers[at] ?? 'not-kept';
    }
    return verdicts;
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    for await (const page of this.#tier.scan(prefix, signal)) {
      const now = this.#clock.now();
      yield page.filter((head) => this.#keeps.uses(head.key) && !isExpired(this.#keeps, head, now));
    }
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

  #takes(write: Write, now: number): boolean {
    const keeps = this.#keeps;
    if (write.kind === 'put' && write.entry.head.kind === 'dropped') return true;
    if (write.kind === 'put')
      return keeps.uses(write.entry.head.key) && !isExpired(keeps, write.entry.head, now);
    return keeps.uses(write.key) && write.times.checkedAt + keeps.ttl > now;
  }
}
