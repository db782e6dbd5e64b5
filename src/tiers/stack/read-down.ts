/** Reads that go down the tiers until each key is found. */
import type { Clock } from '../../core/clock.ts';
import type { Entry, Stamp } from '../../core/entry.ts';
import type { BusHealth } from '../invalidation/bus-health.ts';
import type { Fences } from '../invalidation/fences.ts';
import { withCurrentFences } from '../invalidation/with-current-fences.ts';
import type { Tier, Want } from '../tier.ts';
import type { Promotion } from './promotion.ts';
import type { Asked } from './read-counter.ts';

export interface ReadPath {
  readonly tiers: readonly Tier[];
  /** Those among them that this process has for itself. */
  readonly passing: readonly Tier[];
  readonly clock: Clock;
  readonly fences: Fences;
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly promotion: Promotion;
  /** Undefined when the tier fails. */
  readonly ask: (tier: Tier, keys: readonly string[]) => Promise<(Entry | undefined)[] | undefined>;
}

/** What a read found, the tier that answered (both in the order of the keys, undefined for a miss), and who was asked. */
export interface ReadDown {
  readonly entries: (Entry | undefined)[];
  readonly tiers: (string | undefined)[];
  readonly asked: readonly Asked[];
  readonly now: number;
}

/**
 * Never fails for want of a tier: when none answers, everything is a miss. What memory holds counts until it is due:
 * by then another process may have refreshed it, so the tiers below are asked first. What a fence dropped is a miss in
 * every tier.
 */
export async function readDown(path: ReadPath, keys: readonly string[], want: Want): Promise<ReadDown> {
  const { fences } = path;
  const moment = fences.moment();
  const read = new Reading(keys.length, path);
  const above: Tier[] = [];
  const asked: Asked[] = [];
  for (const tier of path.tiers) {
    if (read.missing.length === 0) break;
    const passing = path.passing.includes(tier);
    if (!passing || !path.busHealth.isStale) {
      const places = read.missing;
      const wanted = places.length === keys.length ? keys : places.map((i) => keys[i] ?? '');
      const ask = () => path.ask(tier, wanted);
      const raw = await (passing ? ask() : withCurrentFences(fences, [tier], ask, moment));
      const answers = raw?.map((entry) => seen(fences, entry));
      asked.push({ tier: tier.name, places, answers });
      if (raw === undefined || answers === undefined) continue;
      const kept = read.take(tier.name, passing, answers);
      const worth = kept.filter((at) => answers[at] === raw[at]).flatMap((at) => raw[at] ?? []);
      if (want === 'entry' && worth.length > 0) path.promotion.promote(worth, above);
    }
    above.push(tier);
  }
  read.end();
  return { entries: read.found, tiers: read.holders, asked, now: read.now };
}

class Reading {
  readonly found: (Entry | undefined)[];
  readonly holders: (string | undefined)[];
  readonly now: number;
  /** Places to be asked for further down. */
  missing: number[];
  readonly #fences: Fences;
  /** Places that memory had something for which is no answer as long as there is a better one. */
  readonly #outdated: number[] = [];
  /** The stamps of what was found, tombstones in memory included. */
  readonly #newest: Stamp[] = [];

  constructor(count: number, { clock, fences }: ReadPath) {
    this.found = new Array<Entry | undefined>(count).fill(undefined);
    this.holders = new Array<string | undefined>(count).fill(undefined);
    this.missing = [...this.found.keys()];
    this.now = clock.now();
    this.#fences = fences;
  }

  /**
   * Answers which of the answers stand, as places among them. A tier that failed for a while may have missed what came
   * meanwhile: so nothing counts that is older than what a tier above has, and below a tombstone it is looked whether there
   * is a newer value. Such a look costs what a miss costs.
   */
  take(tier: string, passing: boolean, answers: readonly (Entry | undefined)[]): number[] {
    const kept: number[] = [];
    const still: number[] = [];
    for (const [at, i] of this.missing.entries()) {
      const entry = answers[at];
      if (entry === undefined || entry.head.stamp < (this.#newest[i] ?? 0)) {
        still.push(i);
        continue;
      }
      this.#newest[i] = entry.head.stamp;
      const isDropped = entry.head.kind === 'dropped';
      const isPassed = passing && (isDropped || this.now >= entry.head.dueAt);
      if (!isDropped || !passing) {
        this.found[i] = entry;
        this.holders[i] = tier;
      }
      if (isDropped || isPassed) still.push(i);
      if (isPassed) this.#outdated.push(i);
      else kept.push(at);
    }
    this.missing = still;
    return kept;
  }

  /** By now fences may be known that were not when memory was asked. */
  end(): void {
    for (const i of this.#outdated) {
      this.found[i] = seen(this.#fences, this.found[i]);
      if (this.found[i] === undefined) this.holders[i] = undefined;
    }
  }
}

/** The entry as the fences let it be seen; undefined where one dropped it. */
function seen(fences: Fences, entry: Entry | undefined): Entry | undefined {
  if (entry === undefined) return undefined;
  const head = fences.see(entry.head);
  if (head === entry.head) return entry;
  return head.kind === 'dropped' ? undefined : { head, body: entry.body };
}
