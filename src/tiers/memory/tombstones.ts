import type { Clock } from '../../core/clock.ts';
import type { Head, Stamp } from '../../core/entry.ts';
import { isGone } from '../../core/freshness.ts';
import type { PutWrite } from '../tier.ts';
import { MemoryEntry } from './memory-entry.ts';

export interface TombstonesDeps {
  readonly clock: Clock;
  /** The most that are kept one by one. */
  readonly most: number;
}

interface Buried {
  /** The newest, soft or not: it keeps older writes out. */
  readonly newest: MemoryEntry;
  /** The newest that is not soft: it hides the value from readers; what came between the two is not hidden. */
  readonly hiding: MemoryEntry | undefined;
}

/**
 * The tombstones of memory, which keep older writes out until they are gone: outside the LRU, since an evicted tombstone would
 * let an older write back in. When there are too many, the oldest are merged into one floor: until the last of those would
 * have been gone, no key that is not held takes a write with a stamp below it.
 */
export class Tombstones {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #all = new Map<string, Buried>();
  #floor: { readonly stamp: Stamp; readonly until: number } = { stamp: 0, until: 0 };

  constructor({ clock, most }: TombstonesDeps) {
    this.#clock = clock;
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The one that readers find under this key. */
  hiding(key: string): MemoryEntry | undefined {
    return this.#all.get(key)?.hiding;
  }

  /** The stamp below which this key takes no write; `held` is the stamp of what memory holds under it. */
  keepsOut(key: string, held: Stamp | undefined): Stamp {
    const own = this.#all.get(key)?.newest.head.stamp;
    if (own !== undefined) return Math.max(own, held ?? 0);
    return held ?? (this.#clock.now() < this.#floor.until ? this.#floor.stamp : 0);
  }

  /**
   * The stamp below which a tombstone that is not soft has nothing left to hide: a soft one may have kept out what it does
   * not hide.
   */
  hidesBelow(key: string, held: Stamp | undefined): Stamp {
    const own = this.#all.get(key);
    return own === undefined ? this.keepsOut(key, held) : Math.max(own.hiding?.head.stamp ?? 0, held ?? 0);
  }

  /** Adds one as the newest, and drops those that are gone or too many. What is hidden stays hidden. */
  bury({ entry, soft }: Pick<PutWrite, 'entry' | 'soft'>): void {
    const { key, stamp } = entry.head;
    const known = this.#all.get(key);
    const own = new MemoryEntry(entry);
    const newest = known !== undefined && known.newest.head.stamp > stamp ? known.newest : own;
    const hiding = soft === true ? known?.hiding : own;
    this.#all.delete(key);
    this.#all.set(key, { newest, hiding });
    const now = this.#clock.now();
    for (const [oldest, buried] of this.#all) {
      const { head } = buried.newest;
      if (!isGone(head, now)) {
        if (this.#all.size <= this.#most) break;
        this.#raiseFloor(head);
      }
      this.#all.delete(oldest);
    }
  }

  delete(key: string): boolean {
    return this.#all.delete(key);
  }

  /** The newest of each key. */
  *values(): Generator<MemoryEntry> {
    for (const { newest } of this.#all.values()) yield newest;
  }

  clear(): void {
    this.#all.clear();
  }

  #raiseFloor({ stamp, goneAt }: Head): void {
    this.#floor = { stamp: Math.max(this.#floor.stamp, stamp), until: Math.max(this.#floor.until, goneAt) };
  }
}
