import type { Clock } from '../core/clock.ts';
import type { Head, Stamp } from '../core/entry.ts';
import type { HeldEntry } from './held-entry.ts';
import type { PutWrite } from './tier.ts';

export interface TombstonesDependencies {
  readonly clock: Clock;
  /** The most that are held one by one. */
  readonly most: number;
}

interface Buried extends HeldEntry {
  /** It hides nothing. */
  readonly isSoft: boolean;
}

/**
 * What keeps older writes out of memory until it is gone: outside the LRU, since an evicted tombstone would let an older write
 * back in. Should they be too many, the oldest are folded into one floor: until the last of those would have been gone, no
 * key that is not held takes a write with a stamp below it.
 */
export class Tombstones {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #all = new Map<string, Buried>();
  #floor: { readonly stamp: Stamp; readonly until: number } = { stamp: 0, until: 0 };

  constructor({ clock, most }: TombstonesDependencies) {
    this.#clock = clock;
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The one that readers meet under this key. */
  hiding(key: string): HeldEntry | undefined {
    const buried = this.#all.get(key);
    return buried?.isSoft === false ? buried : undefined;
  }

  /** Below which stamp nothing is taken for this key; `held`: of what memory holds under it. */
  keepsOut(key: string, held: Stamp | undefined): Stamp {
    const own = this.#all.get(key)?.head.stamp;
    if (own !== undefined) return Math.max(own, held ?? 0);
    return held ?? (this.#clock.now() < this.#floor.until ? this.#floor.stamp : 0);
  }

  /** Keeps one, last in line, and lets go of those that are gone or too many. What is hidden stays hidden. */
  bury({ entry, soft }: Pick<PutWrite, 'entry' | 'soft'>): void {
    const { key } = entry.head;
    const isSoft = soft === true && this.hiding(key) === undefined;
    this.#all.delete(key);
    this.#all.set(key, { ...entry, isSoft, view: undefined });
    const now = this.#clock.now();
    for (const [oldest, { head }] of this.#all) {
      if (head.goneAt > now) {
        if (this.#all.size <= this.#most) break;
        this.#raiseFloor(head);
      }
      this.#all.delete(oldest);
    }
  }

  delete(key: string): boolean {
    return this.#all.delete(key);
  }

  values(): Iterable<HeldEntry> {
    return this.#all.values();
  }

  clear(): void {
    this.#all.clear();
  }

  #raiseFloor({ stamp, goneAt }: Head): void {
    this.#floor = { stamp: Math.max(this.#floor.stamp, stamp), until: Math.max(this.#floor.until, goneAt) };
  }
}
