/** Serving what was loaded: from the tiers, to the reads that wait for it. */

import type { Clock } from '../../core/clock.ts';
import type { Entry } from '../../core/entry.ts';
import { isWarm, servableAt } from '../../core/freshness.ts';
import { NEVER } from '../../core/never.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { DecodedValue, MemoryReads } from '../memory-reads.ts';
import type { InFlightLoad, InFlightLoads } from './in-flight-loads.ts';
import type { PendingRead } from './pending-read.ts';

/** Where a loader stores values, and which reads may have them. */
export interface LoadTarget {
  readonly stack: Stack;
  /** Asked before each look: which of the reads that wait by then may get what the stack holds from then on. */
  readonly admits: () => Promise<(read: PendingRead) => boolean>;
}

export interface LoadedValuesDeps {
  readonly loads: InFlightLoads;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
}

/** What a look left to do. */
export interface UnloadedReads {
  /** Keys that other reads still wait for: they joined while the look was under way. */
  readonly again: readonly string[];
  /** What was loaded for others, and invalidated before these could read it: they have to be loaded again. */
  readonly overtaken: readonly InFlightLoad[];
}

export class LoadedValues {
  readonly #deps: LoadedValuesDeps;

  constructor(deps: LoadedValuesDeps) {
    this.#deps = deps;
  }

  /**
   * Reads these keys and settles the reads that waited for them when the look began. Those that joined later may follow an
   * invalidation that this look did not see: they need a look of their own, the next one.
   */
  async serve(target: LoadTarget, keys: readonly string[], isRepeated: boolean): Promise<UnloadedReads> {
    const { loads, clock } = this.#deps;
    const waiting = keys.map((key) => [...(loads.get(key)?.waiting ?? [])]);
    const admits = await target.admits();
    const began = clock.now();
    const entries = await target.stack.readAgain(keys, NEVER).catch(() => []);
    const now = clock.now();
    const again: string[] = [];
    const overtaken: InFlightLoad[] = [];
    keys.forEach((key, i) => {
      const load = loads.get(key);
      const decoded = this.#warm(entries[i], now, began);
      if (load === undefined) return;
      const reads = decoded === undefined ? [] : (waiting[i] ?? []).filter(admits);
      if (decoded !== undefined && reads.length > 0) {
        if (loads.settle(load, reads, decoded)) again.push(key);
      } else if (isRepeated) {
        loads.end(load);
        overtaken.push(load);
      } else if (decoded !== undefined) again.push(key);
    });
    return { again, overtaken };
  }

  #warm(entry: Entry | undefined, now: number, began: number): DecodedValue | undefined {
    if (entry === undefined) return undefined;
    const freshness = servableAt(entry.head, now);
    return isWarm(freshness) ? this.#deps.memoryReads.confirm(entry, freshness, began) : undefined;
  }
}
