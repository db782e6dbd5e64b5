import type { Source } from '../../core/source.ts';
import type { Served } from '../found.ts';
import type { PendingRead } from './pending-read.ts';

/** A key that is being loaded, and the reads that wait for it. */
export interface InFlightLoad {
  readonly source: Source;
  /** The read that started it. */
  readonly first: PendingRead;
  readonly waiting: Set<PendingRead>;
}

/** The loads of this process: at most one for each key at a time, whoever reads the key and whenever. */
export class InFlightLoads {
  readonly #byKey = new Map<string, InFlightLoad>();

  /** Waits with others for a load in flight: returns nothing. Otherwise returns a new one, which the caller is to start. */
  join(source: Source, read: PendingRead): InFlightLoad[] {
    const known = this.#byKey.get(read.key);
    if (known !== undefined) {
      known.waiting.add(read);
      return [];
    }
    const load = { source, first: read, waiting: new Set([read]) };
    this.#byKey.set(read.key, load);
    return [load];
  }

  get(key: string): InFlightLoad | undefined {
    return this.#byKey.get(key);
  }

  /** Those of these loads that have not ended. */
  open(loads: readonly InFlightLoad[]): InFlightLoad[] {
    return loads.filter((load) => this.#byKey.get(load.first.key) === load);
  }

  /** Settles some of the reads that wait. Returns whether others still do; if not, the load has ended. */
  settle(load: InFlightLoad, reads: readonly PendingRead[], served: Served): boolean {
    for (const read of reads) {
      load.waiting.delete(read);
      read.settle(served);
    }
    if (load.waiting.size > 0) return true;
    this.end(load);
    return false;
  }

  /** The next read of its key starts another one. */
  end(load: InFlightLoad): void {
    this.#byKey.delete(load.first.key);
  }

  /** All reads that wait get what there is, for this reason. */
  giveUp(reason: string): void {
    for (const { source, waiting } of this.#byKey.values())
      for (const read of waiting) read.giveUp({ origin: source.origin, reason });
  }
}
