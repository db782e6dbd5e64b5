/**
 * What a stack promises beyond the contract of tiers, as data: a sentence and the proof of it. `stack.liars.test.ts` shows
 * that each can fail.
 */
import { expect } from 'vitest';
import type { Entry } from '../../src/core/entry.ts';
import { type Fences, ofTag } from '../../src/tiers/invalidation/fences.ts';
import { type Stack, silentTiers } from '../../src/tiers/stack/stack.ts';
import type { ChaosTier } from '../support/chaos-tier.ts';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import type { Clauses } from './suite.ts';
import { expectEntry, extendOf, getOne, put, putOf, SIGNAL } from './tier.steps.ts';

export interface StackSubject {
  /** Over these tiers, in this order. */
  readonly stack: Stack;
  /** Of this process. */
  readonly memory: ChaosTier;
  /** Of everyone. */
  readonly shared: ChaosTier;
  /** Of this host. */
  readonly disk: ChaosTier;
  /** Reads of values that the stack has counted, in keys. */
  readonly counted: () => number;
}

/** Below the stamps that the fences of a test have. */
const OLD = 1_000;

const backing = ({ shared, disk }: StackSubject): readonly ChaosTier[] => [shared, disk];

async function fenced(fences: Fences, entry: Entry): Promise<void> {
  const { stamp } = entry.head;
  fences.learn([{ origin: 'markets', target: ofTag('fenced'), mode: 'drop', stamp: stamp + 1 }]);
}

export const STACK_CLAUSES: Clauses<StackSubject> = {
  'finds the nearest entry of each key, and says which tier had it': async ({ stack, shared, disk }) => {
    await put(shared, entryOf('s', 'x'));
    await put(disk, entryOf('s', 'y'), entryOf('d', 'x'));
    const { entries, tiers } = await stack.find(['d', 'none', 's'], 'entry', SIGNAL);
    expect(entries.map((entry) => entry && String(Buffer.from(entry.body)))).toEqual(['x', undefined, 'x']);
    expect(tiers).toEqual([disk.name, undefined, shared.name]);
  },

  'counts reads of values, and not of heads': async ({ stack, counted }) => {
    await put(stack, entryOf('a', 'x'));
    await stack.find(['a', 'none'], 'head', SIGNAL);
    expect(counted()).toBe(0);
    await stack.find(['a', 'none'], 'entry', SIGNAL);
    await stack.getMany(['a'], 'entry', SIGNAL);
    expect(counted()).toBe(3);
  },

  'reads again without counting': async ({ stack, counted }) => {
    await put(stack, entryOf('a', 'x'));
    const { entries } = await stack.readAgain(['a', 'none'], SIGNAL);
    expect(entries.map((entry) => entry?.head.key)).toEqual(['a', undefined]);
    expect(counted()).toBe(0);
  },

  'misses what no tier can be asked for, and never fails': async (subject) => {
    const { stack, memory } = subject;
    await put(stack, entryOf('a', 'x'));
    for (const tier of [memory, ...backing(subject)]) tier.chaos.down = true;
    expect(await stack.find(['a'], 'entry', SIGNAL)).toMatchObject({
      entries: [undefined],
      tiers: [undefined],
    });
  },

  'names the tiers that did not answer, with the keys that may be there': async ({
    stack,
    memory,
    disk,
    shared,
  }) => {
    await put(memory, entryOf('a', 'x'));
    await put(disk, entryOf('b', 'x'));
    shared.chaos.down = true;
    const { silent, ...found } = await stack.find(['a', 'b', 'none'], 'entry', SIGNAL);
    expect(found.tiers).toEqual([memory.name, disk.name, undefined]);
    expect(silent).toMatchObject([{ tier: shared.name, places: [1, 2] }]);
    expect(silentTiers(silent)(2)).toMatchObject([{ tier: shared.name, reason: expect.stringMatching(/./) }]);
    expect(silentTiers(silent)(0)).toEqual([]);
    shared.chaos.down = false;
    expect((await stack.find(['none'], 'entry', SIGNAL)).silent).toEqual([]);
  },

  'looks into one tier, and shows what a fence dropped there as a tombstone': async ({
    stack,
    shared,
    disk,
  }) => {
    const entry = entryOf('a', 'x', { stamp: OLD, tags: ['fenced'] });
    await put(disk, entry, entryOf('b', 'x', { stamp: OLD }));
    await put(shared, entryOf('b', 'elsewhere'), entryOf('c', 'x'));
    await fenced(stack.fences, entry);
    const found = await stack.look(disk, ['a', 'b', 'c'], 'entry', SIGNAL);
    expect(found.map((one) => one?.head.kind)).toEqual(['dropped', 'value', undefined]);
    expect(found.map((one) => one && String(Buffer.from(one.body)))).toEqual(['', 'x', undefined]);
  },

  'finds nothing that a fence dropped, in whichever tier': async (subject) => {
    const { stack, memory } = subject;
    const entry = entryOf('a', 'x', { stamp: OLD, tags: ['fenced'] });
    for (const tier of [memory, ...backing(subject)]) await put(tier, entry);
    await fenced(stack.fences, entry);
    expect(await getOne(stack, 'a')).toBeUndefined();
  },

  'writes through every tier, and reports per tier what came of it': async ({
    stack,
    memory,
    shared,
    disk,
  }) => {
    await put(shared, entryOf('newer', 'x', { stamp: 9 }));
    const missing = extendOf(entryOf('missing', 'x', { stamp: 5 }), 6, 1);
    const writes = [putOf(entryOf('a', 'x')), putOf(entryOf('newer', 'y', { stamp: 8 })), missing];
    const { verdicts, tiers } = await stack.writeThrough(writes, SIGNAL);
    expect(verdicts).toEqual(['written', 'superseded', 'missing']);
    const zero = { superseded: 0, missing: 0, tooLarge: 0, notKept: 0, failed: 0 };
    expect([...tiers].sort((one, other) => one.tier.localeCompare(other.tier))).toEqual([
      { ...zero, tier: disk.name, written: 2, missing: 1 },
      { ...zero, tier: memory.name, written: 1 },
      { ...zero, tier: shared.name, written: 1, superseded: 1, missing: 1 },
    ]);
    for (const tier of [memory, shared, disk]) expect(await getOne(tier, 'a')).toBeDefined();
  },

  'takes a write as long as one backing tier does, and rejects it when none does': async (subject) => {
    const { stack } = subject;
    const [first, second] = backing(subject);
    if (first === undefined || second === undefined) throw new Error('two backing tiers are needed');
    first.chaos.down = true;
    const { verdicts, tiers } = await stack.writeThrough([putOf(entryOf('a', 'x'))], SIGNAL);
    expect(verdicts).toEqual(['written']);
    expect(tiers.find(({ tier }) => tier === first.name)).toMatchObject({ written: 0, failed: 1 });
    second.chaos.down = true;
    await expect(stack.writeThrough([putOf(entryOf('b', 'x'))], SIGNAL)).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
    });
  },

  'keeps in memory what no backing tier took, unless it is to be refused there, too': async (subject) => {
    const { stack, memory } = subject;
    for (const tier of backing(subject)) tier.chaos.down = true;
    await stack.writeThrough([putOf(entryOf('kept', 'x'))], SIGNAL).catch(() => undefined);
    await stack.writeThrough([putOf(entryOf('refused', 'x'))], SIGNAL, 'refused').catch(() => undefined);
    expect(await getOne(memory, 'kept')).toBeDefined();
    expect(await getOne(memory, 'refused')).toBeUndefined();
  },

  'brings backing tiers that disagree to the newest before it resolves': async ({ stack, shared, disk }) => {
    const newer = entryOf('a', 'newer', { stamp: 9 });
    await put(shared, newer);
    await stack.writeThrough([putOf(entryOf('a', 'older', { stamp: 8 }))], SIGNAL);
    await expectEntry(disk, newer);
  },

  'surveys where each key is newest, and which tiers lack it': async ({ stack, memory, shared, disk }) => {
    await put(shared, entryOf('a', 'x', { stamp: 1 }), entryOf('b', 'x'));
    await put(disk, entryOf('a', 'y', { stamp: 2 }));
    await put(memory, entryOf('a', 'y', { stamp: 9 }));
    const surveys = await stack.survey(['a', 'b', 'none'], SIGNAL);
    expect(surveys.map(({ key, newest, holder }) => [key, newest?.stamp, holder])).toEqual([
      ['a', 2, disk.name],
      ['b', entryOf('b', 'x').head.stamp, shared.name],
      ['none', undefined, undefined],
    ]);
    expect(surveys.map(({ lacking }) => [...lacking].sort())).toEqual([
      [shared.name],
      [disk.name, memory.name].sort(),
      [disk.name, memory.name, shared.name].sort(),
    ]);
  },

  'names the tiers that a survey could not ask, and rejects when it could ask none': async (subject) => {
    const { stack, memory, shared, disk } = subject;
    await put(disk, entryOf('a', 'x'));
    shared.chaos.down = true;
    const [survey] = await stack.survey(['a'], SIGNAL);
    expect(survey).toMatchObject({ holder: disk.name, silent: [shared.name] });
    disk.chaos.down = true;
    await put(memory, entryOf('a', 'x'));
    await expect(stack.survey(['a'], SIGNAL)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  },

  'fills the tiers that lack a key with its newest entry, as old as it is': async ({
    stack,
    memory,
    shared,
    disk,
  }) => {
    const newest = entryOf('a', 'newest', { stamp: 2 });
    await put(shared, entryOf('a', 'older', { stamp: 1 }));
    await put(disk, newest);
    await put(stack, entryOf('everywhere', 'x'));
    expect(await stack.fill(['a', 'everywhere', 'none'], SIGNAL)).toBe(1);
    for (const tier of [memory, shared, disk]) await expectEntry(tier, newest);
  },

  'fills nothing with what is gone, or with what a fence dropped': async ({ stack, shared, disk }) => {
    const dropped = entryOf('dropped', 'x', { stamp: OLD, tags: ['fenced'] });
    await put(disk, entryOf('gone', 'x', { goneAt: 1_000 }), dropped);
    await fenced(stack.fences, dropped);
    expect(await stack.fill(['gone', 'dropped'], SIGNAL)).toBe(0);
    expect(await shared.getMany(['gone', 'dropped'], 'head', SIGNAL)).toEqual([undefined, undefined]);
  },

  'repairs what a tier missed while it failed, values and tombstones': async ({ stack, shared }) => {
    await put(stack, entryOf('dropped', 'old', { stamp: 1 }));
    shared.chaos.down = true;
    const missed = [entryOf('a', 'x'), tombstoneOf('dropped', 2)];
    await put(stack, ...missed);
    expect(await stack.repair(SIGNAL), 'the tier still fails').toBe(0);
    shared.chaos.down = false;
    expect(await stack.repair(SIGNAL)).toBe(2);
    for (const entry of missed) await expectEntry(shared, entry);
    expect(await stack.repair(SIGNAL), 'nothing is left').toBe(0);
  },
};
