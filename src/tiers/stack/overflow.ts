import type { Clock } from '../../core/clock.ts';
import type { Head } from '../../core/entry.ts';
import type { Events } from '../../core/events.ts';
import { within } from '../../flow/deadline.ts';
import { leavesAt } from '../retention.ts';
import type { PutWrite, Tier } from '../tier.ts';

/** Keys of each tier that are remembered, and how many of one look are. */
const REMEMBERED = 512;
const OF_ONE_LOOK = 4;
/** Keys that are looked up before and after a copy, of what was there and of what was copied. */
const SAMPLE = 100;
/** Fewer copies push out too little to be seen. */
const FEWEST_COPIES = 16;
/** A server that pushes out more than this share of what it is given has no room for it; others may use it beside us. */
const SHARE = 0.25;
/** How long a server may take to say how many keys it has pushed out, in ms. */
const SAYS_MS = 1_000;
/** Losses that may be chance: somebody removed a key, or a clock is a little off. */
const CHANCE = 1;
/** Nothing is copied to a tier that overflows for so long, in ms; then a first batch shows whether it still does. */
const REST_MS = 600_000;

type Key = Pick<Head, 'key'>;

export interface OverflowDeps {
  readonly clock: Clock;
  readonly events: Events;
  /** For tiers whose servers count it: how many keys they have pushed out so far. */
  readonly evictions?: ReadonlyMap<string, () => Promise<number>>;
}

interface Watched {
  /** A ring of keys that the tier held. */
  readonly keys: string[];
  next: number;
  restsUntil: number;
}

/**
 * Which tiers overflow: those that push out what they hold when they are given more, since their memory is full, or that do
 * not keep what they take. To copy there what they lack would go on for ever in a circle. It shows in a sample of keys: those
 * that were there before a copy and are not after it, although their time has not come. A tier that was emptied, or missed
 * writes while it was away, loses nothing during a copy, and is filled. A server that pushes out what was not used for longest spares
 * the very keys that are looked up; so where a server counts what it pushes out, its count during the copy is heeded as well.
 */
export class Overflow {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #evictions: OverflowDeps['evictions'];
  readonly #watched = new Map<string, Watched>();

  constructor(deps: OverflowDeps) {
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#evictions = deps.evictions;
  }

  has(tier: string): boolean {
    return this.#clock.elapsed() < this.#of(tier).restsUntil;
  }

  /** The tier holds these, or has just taken them: some are remembered. */
  saw(tier: string, heads: readonly Key[]): void {
    const watched = this.#of(tier);
    const step = Math.max(1, Math.ceil(heads.length / OF_ONE_LOOK));
    for (let i = watched.next % step; i < heads.length; i += step) {
      watched.keys[watched.next] = heads[i]?.key ?? '';
      watched.next = (watched.next + 1) % REMEMBERED;
    }
  }

  /** Copies these to the tier, and sees what that pushes out. Returns whether the tier holds them, as far as it shows. */
  async put(tier: Tier, writes: readonly PutWrite[], signal: AbortSignal): Promise<boolean> {
    if (writes.length < FEWEST_COPIES) {
      await tier.putMany(writes, signal);
      return true;
    }
    const before = await this.#held(tier, sampleOf(this.#of(tier).keys), signal);
    const counted = await this.#evicted(tier.name);
    await tier.putMany(writes, signal);
    const pushedOut = (await this.#evicted(tier.name)) - counted;
    const heads = [...before, ...sampleOf(writes).map(({ entry }) => entry.head)];
    const after = new Set((await this.#held(tier, keysOf(heads), signal)).map(({ key }) => key));
    const now = this.#clock.now();
    const lost = heads.filter((head) => !after.has(head.key) && leavesAt(head, tier.traits.keeps.ttl) > now);
    this.saw(
      tier.name,
      writes.map(({ entry }) => entry.head),
    );
    const evicted = pushedOut > writes.length * SHARE ? pushedOut : 0;
    if (lost.length <= CHANCE && evicted === 0) return true;
    this.#of(tier.name).restsUntil = this.#clock.elapsed() + REST_MS;
    this.#events.emit('tier:overflowing', {
      tier: tier.name,
      lost: lost.length,
      sample: heads.length,
      evicted,
    });
    return false;
  }

  /** NaN where nobody counts, or the server does not say: then the sample alone decides. */
  async #evicted(tier: string): Promise<number> {
    const count = this.#evictions?.get(tier);
    const late = () => new Error('it does not say in time');
    return count === undefined
      ? Number.NaN
      : within(this.#clock, SAYS_MS, count, late).catch(() => Number.NaN);
  }

  async #held(tier: Tier, keys: readonly string[], signal: AbortSignal): Promise<Head[]> {
    if (keys.length === 0) return [];
    const found = await tier.getMany(keys, 'head', signal);
    return found.flatMap((entry) => (entry === undefined ? [] : [entry.head]));
  }

  #of(tier: string | Tier): Watched {
    const name = typeof tier === 'string' ? tier : tier.name;
    const known = this.#watched.get(name) ?? { keys: [], next: 0, restsUntil: 0 };
    this.#watched.set(name, known);
    return known;
  }
}

/** Evenly over all of them. */
function sampleOf<T>(all: readonly T[]): T[] {
  const step = Math.max(1, all.length / SAMPLE);
  return Array.from({ length: Math.min(SAMPLE, all.length) }, (_, i) => all[Math.floor(i * step)]).filter(
    (one) => one !== undefined,
  );
}

function keysOf(heads: readonly Key[]): string[] {
  return [...new Set(heads.map(({ key }) => key))];
}
