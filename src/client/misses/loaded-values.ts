/** Serving what was loaded: from the tiers, to the reads that wait for it. */

import type { Clock } from '../../core/clock.ts';
import type { Entry, Stamp } from '../../core/entry.ts';
import { servableAt } from '../../core/freshness.ts';
import { NEVER } from '../../core/never.ts';
import type { Found, Stack } from '../../tiers/stack/stack.ts';
import type { DecodedValue, MemoryReads } from '../memory-reads.ts';
import type { InFlightLoad, InFlightLoads } from './in-flight-loads.ts';
import { hasLanded } from './load-poller.ts';
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
    const found = await target.stack.readAgain(keys, NEVER).catch(() => NOTHING);
    const now = clock.now();
    const again: string[] = [];
    const overtaken: InFlightLoad[] = [];
    keys.forEach((key, i) => {
      const load = loads.get(key);
      if (load === undefined) return;
      const decoded = this.#landed(found.entries[i], load.first.newerThan, now, began);
      const served = decoded && { decoded, tier: found.tiers[i] ?? target.stack.name };
      const reads = served === undefined ? [] : (waiting[i] ?? []).filter(admits);
      if (served !== undefined && reads.length > 0) {
        if (loads.settle(load, reads, served)) again.push(key);
      } else if (isRepeated) {
        loads.end(load);
        overtaken.push(load);
      } else if (served !== undefined) again.push(key);
    });
    return { again, overtaken };
  }

  #landed(entry: Entry | undefined, newerThan: Stamp, now: number, began: number): DecodedValue | undefined {
    if (entry === undefined || !hasLanded(entry.head, newerThan, now)) return undefined;
    return this.#deps.memoryReads.confirm(entry, servableAt(entry.head, now), began).decoded;
  }
}

const NOTHING: Pick<Found, 'entries' | 'tiers'> = { entries: [], tiers: [] };
