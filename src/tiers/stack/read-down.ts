/** Reads that go down the tiers until each key is found. */
import type { Clock } from '../../core/clock.ts';
import type { Entry } from '../../core/entry.ts';
import type { BusHealth } from '../invalidation/bus-health.ts';
import type { Fences } from '../invalidation/fences.ts';
import { withCurrentFences } from '../invalidation/with-current-fences.ts';
import type { Tier, Want } from '../tier.ts';
import type { Promotion } from './promotion.ts';
import type { Asked } from './read-counter.ts';
import { Reading, seenThrough } from './reading.ts';

/** What a tier holds, or why it did not answer. */
export type TierAnswer =
  | { readonly stored: readonly (Entry | undefined)[] }
  | { readonly stored: undefined; readonly reason: string };

export interface ReadPath {
  readonly tiers: readonly Tier[];
  /** Those among them that only this process has. */
  readonly inProcess: readonly Tier[];
  readonly clock: Clock;
  readonly fences: Fences;
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly promotion: Promotion;
  readonly ask: (tier: Tier, keys: readonly string[]) => Promise<TierAnswer>;
}

/** What a read found, the tier that had it (both in the order of the keys, undefined for a miss), and who was asked. */
export interface ReadDown {
  readonly entries: (Entry | undefined)[];
  readonly tiers: (string | undefined)[];
  readonly asked: readonly Asked[];
  readonly now: number;
}

/**
 * Never fails because a tier does: when all of them fail, everything is a miss. What memory holds counts until it is due:
 * by then another process may have refreshed it, so the tiers below are asked first. What a fence dropped is a miss in
 * every tier.
 */
export async function readDown(path: ReadPath, keys: readonly string[], want: Want): Promise<ReadDown> {
  const { fences } = path;
  const moment = fences.moment();
  const read = new Reading(keys.length, fences, path.clock.now());
  const above: Tier[] = [];
  const asked: Asked[] = [];
  for (const tier of path.tiers) {
    if (read.missing.length === 0) break;
    const inProcess = path.inProcess.includes(tier);
    if (!inProcess || !path.busHealth.isStale) {
      const places = read.missing;
      const wanted = places.length === keys.length ? keys : places.map((i) => keys[i] ?? '');
      const ask = () => path.ask(tier, wanted);
      const answer = await (inProcess ? ask() : withCurrentFences(fences, [tier], ask, moment));
      if (answer.stored === undefined) {
        asked.push(silenceAt(tier, places, keys, answer.reason));
        continue;
      }
      const { stored } = answer;
      const entries = stored.map((entry) => seenThrough(fences, entry));
      asked.push({ tier: tier.name, places, entries });
      const kept = read.take(tier.name, inProcess, entries);
      // What a fence made stale is not worth a copy.
      const unchanged = kept.filter((at) => entries[at] === stored[at]).flatMap((at) => stored[at] ?? []);
      if (want === 'entry' && unchanged.length > 0) path.promotion.promote(unchanged, above);
    }
    above.push(tier);
  }
  read.end();
  return { entries: read.found, tiers: read.holders, asked, now: read.now };
}

/** A tier that did not answer. What it does not keep it need not be asked for: it says nothing about those keys. */
function silenceAt(tier: Tier, places: readonly number[], keys: readonly string[], reason: string): Asked {
  const kept = places.filter((i) => tier.traits.keeps.uses(keys[i] ?? ''));
  return { tier: tier.name, places: kept, entries: undefined, reason };
}
