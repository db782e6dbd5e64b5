import type { MissedWrite, Repairs, RepairTarget } from './repairs.ts';

/** Notes in the memory of this process. Beyond the bound of each tier the oldest are forgotten: the next run finds those keys lacking. */
export class MemoryRepairs implements Repairs {
  readonly #bound: number;
  readonly #marks = new Map<string, Map<string, number>>();
  #lastMark = 0;

  constructor(deps: { readonly bound: number }) {
    this.#bound = deps.bound;
  }

  async note(tier: RepairTarget, keys: readonly string[]): Promise<void> {
    const marks = this.#marks.get(tier.name) ?? new Map<string, number>();
    this.#marks.set(tier.name, marks);
    this.#lastMark += 1;
    for (const key of keys) {
      // Off and on again, so that the map stays in the order of marks.
      marks.delete(key);
      marks.set(key, this.#lastMark);
    }
    for (const key of marks.keys()) {
      if (marks.size <= this.#bound) break;
      marks.delete(key);
    }
  }

  async take(tier: RepairTarget, limit: number): Promise<MissedWrite[]> {
    const notes: MissedWrite[] = [];
    for (const [key, mark] of this.#marks.get(tier.name) ?? []) {
      if (notes.length >= limit) break;
      notes.push({ key, mark });
    }
    return notes;
  }

  async done(tier: RepairTarget, notes: readonly MissedWrite[]): Promise<void> {
    const marks = this.#marks.get(tier.name);
    for (const { key, mark } of notes) {
      if (marks?.get(key) === mark) marks.delete(key);
    }
  }

  async left(tier: RepairTarget): Promise<number> {
    return this.#marks.get(tier.name)?.size ?? 0;
  }
}
