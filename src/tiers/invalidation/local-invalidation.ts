import type { Clock } from '../../core/clock.ts';
import type { Events } from '../../core/events.ts';
import { NEVER } from '../../core/never.ts';
import { DAY_MS } from '../../core/units.ts';
import { abortable } from '../../flow/abortable.ts';
import type { ExtendWrite, Tier, Write } from '../tier.ts';
import type { Fences } from './fences.ts';
import { type Invalidation, invalidateIn, tombstone } from './invalidation.ts';

export interface LocalInvalidationDeps {
  /** The tiers that this process or this host has for itself; shared tiers were invalidated before the announcement. */
  readonly tiers: readonly Tier[];
  readonly fences: Fences;
  readonly clock: Clock;
  readonly events: Events;
}

/** How many keys the disks may be behind; beyond that, hearing more waits for them. */
const MOST_BEHIND = 100_000;

/**
 * Applies what others announced to this process's memory and to the disks of its host. Memory first, since a process must not
 * serve what it has heard is out of date; the disks follow, and a slow one does not keep the process from hearing more.
 */
export class LocalInvalidation {
  readonly #deps: LocalInvalidationDeps;
  readonly #memories: readonly Tier[];
  readonly #disks: readonly Tier[];
  #following: Promise<void> = Promise.resolve();
  #behind = 0;

  constructor(deps: LocalInvalidationDeps) {
    this.#deps = deps;
    this.#memories = deps.tiers.filter(({ traits }) => traits.reach === 'process');
    this.#disks = deps.tiers.filter(({ traits }) => traits.reach !== 'process');
  }

  /** Resolves when memory has it. */
  async apply(invalidation: Invalidation, signal: AbortSignal): Promise<void> {
    await this.#each(this.#memories, (tier) => hide(tier, invalidation, signal), signal);
    if (this.#disks.length === 0) return;
    const { length } = invalidation.keys;
    this.#behind += length;
    this.#following = this.#following
      .then(() => this.#each(this.#disks, (tier) => this.#invalidate(tier, invalidation, signal), signal))
      .finally(() => {
        this.#behind -= length;
      });
    if (this.#behind >= MOST_BEHIND) await abortable(signal, this.#following);
  }

  /** Bodies that memory holds live longer. */
  async extend(writes: readonly ExtendWrite[], signal: AbortSignal): Promise<void> {
    await Promise.all(this.#memories.map((tier) => tier.putMany(writes, signal)));
  }

  /** Anything in memory may be out of date. Disks keep what they have, behind Redis's tombstones. */
  async forgetMemory(): Promise<void> {
    const { clock, fences } = this.#deps;
    const later = clock.now() + FOREVER_MS;
    await Promise.all(this.#memories.map((tier) => tier.sweep(later, Number.MAX_SAFE_INTEGER, NEVER)));
    await fences.sync();
  }

  /** Resolves when the disks have followed. */
  settled(): Promise<void> {
    return this.#following;
  }

  async #each(
    tiers: readonly Tier[],
    change: (tier: Tier) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const { events } = this.#deps;
    const reported = async (tier: Tier) => {
      try {
        await change(tier);
      } catch (error) {
        if (!signal.aborted) events.emit('problem', { where: `bus, tier ${tier.name}`, error });
      }
    };
    await Promise.all(tiers.map(reported));
  }

  /**
   * A disk keeps what may still be served. What a fence dropped must not get the stamp of what is merely made stale: where
   * the fences cannot be asked, what another process has not done already is dropped.
   */
  async #invalidate(tier: Tier, invalidation: Invalidation, signal: AbortSignal): Promise<void> {
    const { fences } = this.#deps;
    const heads = async (keys: readonly string[]) => {
      const isKnown = await fences.sync();
      const entries = await tier.getMany(keys, 'head', signal);
      return entries.map((entry) => {
        const isOpen = entry !== undefined && (isKnown || entry.head.stamp >= invalidation.stamp);
        return isOpen ? fences.see(entry.head) : undefined;
      });
    };
    await invalidateIn({ heads, put: (writes) => tier.putMany(writes, signal) }, invalidation);
  }
}

/** Sends readers to the tiers below; what is only made stale is there for them when those have nothing. */
async function hide(memory: Tier, invalidation: Invalidation, signal: AbortSignal): Promise<void> {
  const put = (writes: readonly Write[]) => memory.putMany(writes, signal);
  if (invalidation.mode === 'stale') {
    await put(invalidation.keys.map((key) => ({ ...tombstone(invalidation, key), soft: true })));
    return;
  }
  const heads = async (keys: readonly string[]) =>
    (await memory.getMany(keys, 'head', signal)).map((entry) => entry?.head);
  await invalidateIn({ heads, put }, invalidation);
}

/** Later than any entry is gone. */
const FOREVER_MS = 100 * 365 * DAY_MS;
