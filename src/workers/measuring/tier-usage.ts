/** What tiers hold, looked up seldom. */
import type { Clock } from '../../core/clock.ts';
import type { Tier } from '../../tiers/tier.ts';
import type { Measuring } from './measuring.ts';

/**
 * How often a tier is asked, in ms: at the most, and at the least as long as it is asked at all. One that takes long is asked less often:
 * a thousandth of the time is spent on it.
 */
const EVERY_MS = { most: 60_000, least: 900_000 } as const;
const PART = 1_000;
/** For so long after it was to be asked again, what it said counts, in ms. */
const LATE_MS = 60_000;

export interface UsageRow {
  readonly tier: string;
  readonly entries: number;
  readonly bytes: number;
}

interface Looked {
  /** On the monotonic clock: before this it is not asked again. */
  readonly until: number;
  /** Undefined when it did not answer. */
  readonly row: UsageRow | undefined;
}

/** Asks tiers what they hold, each by itself. */
export class UsageLooks {
  readonly #clock: Clock;
  readonly #tiers: readonly Tier[];
  readonly #looked = new Map<string, Looked>();
  /** Asked, and not heard of yet. */
  readonly #asked = new Set<Tier>();

  constructor({ clock, tiers }: { readonly clock: Clock; readonly tiers: readonly Tier[] }) {
    this.#clock = clock;
    this.#tiers = tiers;
  }

  /** As they were looked up last; of what was not asked for long, or does not answer, nothing. */
  get rows(): UsageRow[] {
    const now = this.#clock.elapsed();
    return [...this.#looked.values()].flatMap(({ until, row }) => (now > until + LATE_MS ? [] : (row ?? [])));
  }

  /** Looks up those whose time has come; those that do not answer in time take no other with them. */
  async look(measuring: Pick<Measuring, 'parts'>): Promise<UsageRow[]> {
    const now = this.#clock.elapsed();
    const due = this.#tiers.filter((tier) => now >= (this.#looked.get(tier.name)?.until ?? 0));
    const free = due.filter((tier) => !this.#asked.has(tier));
    await measuring.parts('what a tier holds', free, (tier, signal) => this.#lookAt(tier, signal));
    return this.rows;
  }

  async #lookAt(tier: Tier, signal: AbortSignal): Promise<void> {
    const began = this.#clock.elapsed();
    const { name } = tier;
    this.#asked.add(tier);
    let row: UsageRow | undefined;
    try {
      row = { tier: name, ...(await tier.usage(signal)) };
    } finally {
      this.#asked.delete(tier);
      const pause = PART * (this.#clock.elapsed() - began);
      const until = began + Math.min(EVERY_MS.least, Math.max(EVERY_MS.most, pause));
      this.#looked.set(name, { until, row });
    }
  }
}
