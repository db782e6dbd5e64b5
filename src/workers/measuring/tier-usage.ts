/** What tiers hold, looked up seldom. */
import type { Clock } from '../../core/clock.ts';
import type { Tier } from '../../tiers/tier.ts';

/** How often a tier is asked at the most, in ms. One that takes long is asked less often: a thousandth of the time is spent on it. */
const EVERY_MS = 60_000;
const PART = 1_000;

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

  constructor({ clock, tiers }: { readonly clock: Clock; readonly tiers: readonly Tier[] }) {
    this.#clock = clock;
    this.#tiers = tiers;
  }

  /** As they were looked up last. */
  get rows(): UsageRow[] {
    return [...this.#looked.values()].flatMap(({ row }) => row ?? []);
  }

  /** Looks up those whose time has come. */
  async look(signal: AbortSignal): Promise<UsageRow[]> {
    await Promise.all(this.#tiers.map((tier) => this.#lookAt(tier, signal)));
    return this.rows;
  }

  async #lookAt(tier: Tier, signal: AbortSignal): Promise<void> {
    const began = this.#clock.elapsed();
    const { name } = tier;
    if (began < (this.#looked.get(name)?.until ?? 0)) return;
    const usage = await tier.usage(signal).catch(() => undefined);
    const until = began + Math.max(EVERY_MS, PART * (this.#clock.elapsed() - began));
    this.#looked.set(name, { until, row: usage && { tier: name, ...usage } });
  }
}
