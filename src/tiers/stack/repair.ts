/**
 * Writing to tiers what they missed while they failed, from the other tiers, without a call to an origin.
 *
 * A repair must get on with a tier that is slow, not only with one that works: each call that takes longer than the tier's timeout is
 * one more failure for its breaker, which then refuses the smaller call that would have ended in time. So the number of keys that
 * a tier takes is remembered from one repair to the next, and each repair begins with another tier: the reads of one repair must not
 * use up, each time, the one call that a breaker lets through to the tier whose turn is next.
 */
import { type Entry, type Head, isNewer } from '../../core/entry.ts';
import type { Events } from '../../core/events.ts';
import type { Tier } from '../tier.ts';
import type { MissedWrite, Repairs } from './repairs.ts';

export interface RepairDeps {
  readonly tiers: readonly Tier[];
  readonly repairs: Repairs;
  readonly events: Events;
}

/** Keys of the first round of all, and of one at most. One key is always enough to get on. */
const FIRST_ROUND = 16;
const ROUND = 500;
/** A round in vain costs a timeout. */
const SHRINKS_TO = 1 / 4;

export class Repair {
  readonly #deps: RepairDeps;
  /** By tier, the keys that a round had when it last went well, or may have next. */
  readonly #rounds = new Map<Tier, number>();
  #times = 0;

  constructor(deps: RepairDeps) {
    this.#deps = deps;
  }

  /** Returns how many missed writes were settled. A tier that still fails is left to the next repair. */
  async repairAll(signal: AbortSignal): Promise<number> {
    const { tiers } = this.#deps;
    const first = this.#times % Math.max(1, tiers.length);
    this.#times += 1;
    let repaired = 0;
    for (const tier of [...tiers.slice(first), ...tiers.slice(0, first)]) {
      try {
        repaired += await this.#repair(tier, signal);
      } catch {
        // The tier still fails, or what it missed cannot be listed: the next repair finds it again.
        signal.throwIfAborted();
      }
    }
    return repaired;
  }

  /**
   * Repairs one tier as long as it works and there is something to do. A missed write that no tier has an entry for any more is
   * settled too; one whose entry may be in a tier that fails now stays recorded.
   */
  async #repair(tier: Tier, signal: AbortSignal): Promise<number> {
    const { repairs, events } = this.#deps;
    let repaired = 0;
    for (;;) {
      const size = this.#rounds.get(tier) ?? FIRST_ROUND;
      const missed = await repairs.list(tier, size);
      const first = missed[0];
      if (first === undefined) return repaired;
      // The cheapest call there is: a tier that fails it is spared the rest.
      await tier.getMany([first.key], 'head', signal);
      const settled = await this.#round(tier, missed, signal);
      if (settled.length > 0) {
        await repairs.remove(tier, settled);
        repaired += settled.length;
        events.emit('tier:repaired', {
          ...{ tier: tier.name, keys: settled.length, left: await repairs.count(tier) },
        });
      }
      const next = settled.length > 0 ? size * 2 : Math.ceil(missed.length * SHRINKS_TO);
      this.#rounds.set(tier, Math.min(ROUND, next));
      const isInVain = settled.length === 0;
      if (isInVain && missed.length > 1) continue;
      await this.#putOff(tier, missed, settled);
      if (isInVain) return repaired;
    }
  }

  /** The newest that the other tiers have goes to this one. What that failed for is not among those it returns. */
  async #round(tier: Tier, missed: readonly MissedWrite[], signal: AbortSignal): Promise<MissedWrite[]> {
    const keys = missed.map(({ key }) => key);
    const others = this.#deps.tiers.filter((other) => other !== tier);
    const [held, ...reads] = await Promise.allSettled([
      tier.getMany(keys, 'head', signal),
      ...others.map((other) => other.getMany(keys, 'entry', signal)),
    ]);
    signal.throwIfAborted();
    if (held.status === 'rejected') return [];
    const allRead = reads.every(({ status }) => status === 'fulfilled');
    const newest = newestOf(reads.flatMap((read) => (read.status === 'fulfilled' ? read.value : [])));
    const heads = new Map(
      held.value.flatMap((entry) => (entry === undefined ? [] : [[entry.head.key, entry.head]])),
    );
    const writes = [...newest.values()].flatMap((entry) =>
      isAsNew(heads.get(entry.head.key), entry.head) ? [] : [{ kind: 'put', entry } as const],
    );
    try {
      if (writes.length > 0) await tier.putMany(writes, signal);
    } catch {
      signal.throwIfAborted();
      return [];
    }
    return missed.filter(({ key }) => allRead || newest.has(key));
  }

  /** Those not settled go behind the others: a key that cannot be read, or that the tier does not take, must not hold them up. */
  async #putOff(tier: Tier, missed: readonly MissedWrite[], settled: readonly MissedWrite[]): Promise<void> {
    const done = new Set(settled);
    const open = missed.flatMap((one) => (done.has(one) ? [] : [one.key]));
    if (open.length > 0) await this.#deps.repairs.record(tier, open);
  }
}

/** It was written since, or its write arrived although its answer did not: a write costs a slow tier more than a look. */
function isAsNew(held: Head | undefined, newest: Head): boolean {
  if (held === undefined || held.stamp < newest.stamp) return false;
  return held.stamp > newest.stamp || (held.kind === newest.kind && held.checkedAt >= newest.checkedAt);
}

function newestOf(entries: readonly (Entry | undefined)[]): Map<string, Entry> {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry === undefined) continue;
    const { key } = entry.head;
    if (isNewer(entry.head, newest.get(key)?.head)) newest.set(key, entry);
  }
  return newest;
}
