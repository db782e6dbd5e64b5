/** What repairs promise, as data: a sentence and the proof of it. `repairs.liars.test.ts` shows that each can fail. */
import { expect } from 'vitest';
import { KEEPS_ALL } from '../../src/tiers/retention.ts';
import type { Repairs, RepairTarget } from '../../src/tiers/stack/repairs.ts';
import type { Clauses } from './suite.ts';

export interface RepairsSubject {
  /** Bound to `BOUND` missed writes for each tier. */
  readonly repairs: Repairs;
  /** Takes away what the missed writes are stored in, where they are not in this process. */
  readonly cut: () => Promise<void>;
}

/** More than one command takes. */
export const BOUND = 2_500;

export function targetOf(name: string, reach: RepairTarget['traits']['reach']): RepairTarget {
  return { name, traits: { durable: true, reach, writes: 'brief', maxBodyBytes: 1, keeps: KEEPS_ALL } };
}

export const DISK = targetOf('disk', 'host');
export const REDIS = targetOf('redis', 'shared');
export const MEMORY = targetOf('memory', 'process');

export async function keysOf(repairs: Repairs, tier: RepairTarget, limit = 10_000): Promise<string[]> {
  return (await repairs.list(tier, limit)).map(({ key }) => key);
}

const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `k${from + i}`);

export const REPAIRS_CLAUSES: Clauses<RepairsSubject> = {
  'lists the keys that each tier missed, and of no other tier': async ({ repairs }) => {
    await repairs.record(DISK, ['a', 'b']);
    await repairs.record(MEMORY, ['m']);
    expect((await keysOf(repairs, DISK)).sort()).toEqual(['a', 'b']);
    expect(await keysOf(repairs, MEMORY)).toEqual(['m']);
    expect(await keysOf(repairs, REDIS)).toEqual([]);
  },

  'lists the oldest first, and one that is missed again as the newest': async ({ repairs }) => {
    for (const key of ['a', 'b', 'c', 'a']) await repairs.record(DISK, [key]);
    expect(await keysOf(repairs, DISK)).toEqual(['b', 'c', 'a']);
  },

  'lists no more than it is asked for': async ({ repairs }) => {
    await repairs.record(DISK, many(5));
    expect(await repairs.list(DISK, 2)).toHaveLength(2);
  },

  'keeps what it listed until that is removed': async ({ repairs }) => {
    await repairs.record(DISK, ['a', 'b']);
    const [first, ...rest] = await repairs.list(DISK, 10);
    await repairs.remove(DISK, rest);
    expect(await keysOf(repairs, DISK)).toEqual([first?.key]);
  },

  'does not remove what was missed again after it was listed': async ({ repairs }) => {
    await repairs.record(DISK, ['a', 'b']);
    const listed = await repairs.list(DISK, 10);
    await repairs.record(DISK, ['b']);
    await repairs.remove(DISK, listed);
    expect(await keysOf(repairs, DISK)).toEqual(['b']);
  },

  'counts each key once for each tier': async ({ repairs }) => {
    await repairs.record(DISK, ['a', 'b']);
    await repairs.record(DISK, ['b']);
    await repairs.record(REDIS, ['b']);
    const counts = await Promise.all([DISK, REDIS, MEMORY].map((tier) => repairs.count(tier)));
    expect(counts).toEqual([2, 1, 0]);
  },

  'records and removes any number of keys': async ({ repairs }) => {
    await repairs.record(DISK, many(BOUND));
    expect(await repairs.count(DISK)).toBe(BOUND);
    await repairs.remove(DISK, await repairs.list(DISK, BOUND));
    expect(await repairs.count(DISK)).toBe(0);
  },

  'forgets the oldest beyond its bound': async ({ repairs }) => {
    await repairs.record(DISK, ['oldest']);
    await repairs.record(DISK, many(BOUND - 1));
    await repairs.record(DISK, ['newest']);
    const keys = await keysOf(repairs, DISK);
    expect(keys).toHaveLength(BOUND);
    expect(keys).not.toContain('oldest');
    expect(keys.at(-1)).toBe('newest');
  },

  'says that what it keeps itself, its store being away, ends with this process': async ({
    repairs,
    cut,
  }) => {
    await cut();
    expect(await repairs.record(DISK, ['k'])).toBe(false);
  },

  'records what is missed while its store is away': async ({ repairs, cut }) => {
    await cut();
    for (const tier of [DISK, REDIS, MEMORY]) await repairs.record(tier, ['k']);
  },
};
