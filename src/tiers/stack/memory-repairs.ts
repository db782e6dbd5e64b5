import type { MissedWrite, Repairs, RepairTarget } from './repairs.ts';

/**
 * Missed writes in the memory of this process. Beyond the bound of each tier the oldest are forgotten: the next run finds
 * that those keys are lacking.
 */
export class MemoryRepairs implements Repairs {
  readonly #bound: number;
  /** By tier, and by key the version, in the order of versions. */
  readonly #missed = new Map<string, Map<string, number>>();
  #version = 0;

  constructor(deps: { readonly bound: number }) {
    this.#bound = deps.bound;
  }

  async record(tier: RepairTarget, keys: readonly string[]): Promise<boolean> {
    const missed = this.#missed.get(tier.name) ?? new Map<string, number>();
    this.#missed.set(tier.name, missed);
    this.#version += 1;
    for (const key of keys) {
      // Deleted first: a map keeps the place of a key that is set again.
      missed.delete(key);
      missed.set(key, this.#version);
    }
    for (const key of missed.keys()) {
      if (missed.size <= this.#bound) break;
      missed.delete(key);
    }
    return false;
  }

  /** What is remembered here ends with the process. */
  async announce(): Promise<() => Promise<void>> {
    return async () => undefined;
  }

  async list(tier: RepairTarget, limit: number): Promise<MissedWrite[]> {
    const listed: MissedWrite[] = [];
    for (const [key, version] of this.#missed.get(tier.name) ?? []) {
      if (listed.length >= limit) break;
      listed.push({ key, version });
    }
    return listed;
  }

  async remove(tier: RepairTarget, listed: readonly MissedWrite[]): Promise<void> {
    const missed = this.#missed.get(tier.name);
    for (const { key, version } of listed) {
      if (missed?.get(key) === version) missed.delete(key);
    }
  }

  async count(tier: RepairTarget): Promise<number> {
    return this.#missed.get(tier.name)?.size ?? 0;
  }
}
