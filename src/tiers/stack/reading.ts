/** What one read has found so far, and which of what the next tier holds may be believed. */
import type { Entry, Stamp } from '../../core/entry.ts';
import type { Fences } from '../invalidation/fences.ts';

export class Reading {
  readonly found: (Entry | undefined)[];
  /** The tier that each found entry comes from. */
  readonly holders: (string | undefined)[];
  readonly now: number;
  /** Places that the tiers below are to be asked for. */
  missing: number[];
  readonly #fences: Fences;
  /** Places for which memory had an entry that counts only if no tier below has a better one. */
  readonly #outdated: number[] = [];
  /** The stamps of what was found, tombstones in memory included. */
  readonly #newest: Stamp[] = [];

  constructor(count: number, fences: Fences, now: number) {
    this.found = new Array<Entry | undefined>(count).fill(undefined);
    this.holders = new Array<string | undefined>(count).fill(undefined);
    this.missing = [...this.found.keys()];
    this.now = now;
    this.#fences = fences;
  }

  /**
   * Takes what a tier holds at the missing places. Returns which of these entries stand, as places among them.
   *
   * A tier that failed for a while may have missed writes. So nothing counts that is older than what a tier above holds,
   * and below a tombstone the read goes on, in case there is a newer value: that costs as much as a miss.
   */
  take(tier: string, inProcess: boolean, entries: readonly (Entry | undefined)[]): number[] {
    const kept: number[] = [];
    const missing: number[] = [];
    for (const [at, i] of this.missing.entries()) {
      const entry = entries[at];
      if (entry === undefined || entry.head.stamp < (this.#newest[i] ?? 0)) {
        missing.push(i);
        continue;
      }
      this.#newest[i] = entry.head.stamp;
      const isDropped = entry.head.kind === 'dropped';
      const isOutdated = inProcess && (isDropped || this.now >= entry.head.dueAt);
      if (!isDropped || !inProcess) {
        this.found[i] = entry;
        this.holders[i] = tier;
      }
      if (isDropped || isOutdated) missing.push(i);
      if (isOutdated) this.#outdated.push(i);
      else kept.push(at);
    }
    this.missing = missing;
    return kept;
  }

  /** By now fences may be known that were not known when memory was asked. */
  end(): void {
    for (const i of this.#outdated) {
      this.found[i] = seenThrough(this.#fences, this.found[i]);
      if (this.found[i] === undefined) this.holders[i] = undefined;
    }
  }
}

/** The entry as the fences let it be seen; undefined where one dropped it. */
export function seenThrough(fences: Fences, entry: Entry | undefined): Entry | undefined {
  if (entry === undefined) return undefined;
  const head = fences.see(entry.head);
  if (head === entry.head) return entry;
  return head.kind === 'dropped' ? undefined : { head, body: entry.body };
}
