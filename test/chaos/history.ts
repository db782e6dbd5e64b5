/** The recorded history of a chaos run, by key. It only remembers; `rules.ts` judges. */
import { EPOCH } from './mono.ts';
import type { Held, Invalidation, Sight, Value } from './records.ts';

/** What one tier held under a key from one sight on. */
export interface Seen {
  /** The sight ended then: whoever reads later finds this or something newer. */
  readonly since: number;
  /** The latest sight of the same. */
  until: number;
  readonly held: Held | undefined;
}

/** What was known before a sight. */
export interface Known {
  /** What the same tier held under the key, as far as it was seen. */
  readonly before: Held | undefined;
  /** The entry with the highest stamp under which any tier showed the value. */
  readonly shown: Held | undefined;
}

interface OfKey {
  readonly values: Map<string, Value>;
  readonly invalidations: Invalidation[];
  readonly tiers: Map<string, Seen[]>;
  /** No lasting tier held anything older from that time on: grows in both. */
  readonly floors: { readonly since: number; readonly stamp: number }[];
}

/** Sights, invalidations and values that are older than this are of no use to any rule, in ms. */
const KEPT = 240_000;

export class History {
  readonly #keys = new Map<string, OfKey>();
  readonly #lasting: readonly string[];
  /** The highest stamp of a value, as tiers show it. */
  readonly #stamps = new Map<string, Held>();

  /** `lasting`: the names of the tiers that outlive a process. */
  constructor(deps: { readonly keys: readonly string[]; readonly lasting: readonly string[] }) {
    this.#lasting = deps.lasting;
    for (const key of deps.keys)
      this.#keys.set(key, { values: new Map(), invalidations: [], tiers: new Map(), floors: [] });
  }

  get keys(): string[] {
    return [...this.#keys.keys()];
  }

  get lasting(): readonly string[] {
    return this.#lasting;
  }

  born(value: Value): void {
    this.#of(value.key).values.set(value.id, value);
  }

  value(key: string, id: string): Value | undefined {
    return this.#of(key).values.get(id);
  }

  invalidating(keys: readonly string[], invalidation: Invalidation): void {
    for (const key of keys) this.#of(key).invalidations.push(invalidation);
  }

  /** The latest begun first. */
  invalidations(key: string): readonly Invalidation[] {
    return this.#of(key).invalidations.toReversed();
  }

  /** Takes a sight in. Answers what was known before. */
  saw({ tier, key, end, held }: Sight): Known {
    const of = this.#of(key);
    const seen = of.tiers.get(tier) ?? [];
    of.tiers.set(tier, seen);
    const before = seen.at(-1);
    if (before !== undefined && before.held?.stamp === held?.stamp && before.held?.value === held?.value)
      before.until = end;
    else seen.push({ since: end, until: end, held });
    const shown = held?.value === undefined ? undefined : this.#stamps.get(held.value);
    if (held?.value !== undefined && held.stamp > (shown?.stamp ?? 0)) this.#stamps.set(held.value, held);
    this.#raiseFloor(of, end);
    return { before: before?.held, shown };
  }

  /** What the tier held in the last sight that ended before `at`. */
  heldBefore(tier: string, key: string, at: number): Seen | undefined {
    return this.#of(key)
      .tiers.get(tier)
      ?.findLast(({ since }) => since < at);
  }

  /** Since when every lasting tier has held something newer than a value. Infinity: not yet. */
  surpassed(value: Value): number {
    const stamp = this.#highestStamp(value);
    return this.#of(value.key).floors.find((floor) => floor.stamp > stamp)?.since ?? Number.POSITIVE_INFINITY;
  }

  forget(now: number): void {
    for (const { values, invalidations, tiers, floors } of this.#keys.values()) {
      dropWhile(invalidations, ({ end }) => end < now - KEPT);
      dropWhile(floors, ({ since }) => since < now - KEPT);
      for (const seen of tiers.values()) dropWhile(seen, ({ until }) => until < now - KEPT);
      for (const [id, { until }] of values) {
        if (until > now - KEPT) continue;
        values.delete(id);
        this.#stamps.delete(id);
      }
    }
  }

  /** The highest stamp that the value can have: in microseconds since the epoch. */
  #highestStamp({ id, until }: Value): number {
    return this.#stamps.get(id)?.stamp ?? (until + EPOCH) * 1_000;
  }

  #raiseFloor(of: OfKey, at: number): void {
    const stamps = this.#lasting.map((tier) => of.tiers.get(tier)?.at(-1)?.held?.stamp ?? 0);
    const stamp = Math.min(...stamps);
    if (stamp > (of.floors.at(-1)?.stamp ?? 0)) of.floors.push({ since: at, stamp });
  }

  #of(key: string): OfKey {
    const of = this.#keys.get(key);
    if (of === undefined) throw new Error(`the history knows no key "${key}"`);
    return of;
  }
}

/** Lets the oldest go, but never the last one. */
function dropWhile<T>(list: T[], isOld: (item: T) => boolean): void {
  const kept = list.findIndex((item, i) => i === list.length - 1 || !isOld(item));
  if (kept > 0) list.splice(0, kept);
}
