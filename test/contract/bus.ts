/** What a bus promises, as data: a sentence and the proof of it. `bus.liars.test.ts` shows that each can fail. */
import { expect } from 'vitest';
import type { Head } from '../../src/core/entry.ts';
import { isMadeStale } from '../../src/core/freshness.ts';
import type { InvalidationMode } from '../../src/core/invalidation-mode.ts';
import type { Bus } from '../../src/tiers/invalidation/bus.ts';
import { type Fence, type Fences, ofTag } from '../../src/tiers/invalidation/fences.ts';
import type { Invalidation } from '../../src/tiers/invalidation/invalidation.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import type { Clauses } from './suite.ts';
import { extendOf, getOne, put, SIGNAL } from './tier.steps.ts';

export interface BusSubject {
  /** Of this process. */
  readonly bus: Bus;
  /** What another process knows. */
  readonly there: { readonly memory: Tier; readonly fences: Fences };
  /** Resolves when the other process has heard everything that was published before. */
  readonly heard: () => Promise<void>;
  /** The other process hears nothing between the two. */
  readonly leave: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
}

export const STAMP = 1_767_225_600_000_000;
/** More than one message takes, and than one read of messages. */
const MANY = 3_000;

export function invalidationOf(keys: readonly string[], mode: InvalidationMode): Invalidation {
  return { source: 'profile', keys, mode, stamp: STAMP + 10, at: FETCHED_AT };
}

async function headsOf(memory: Tier, keys: readonly string[]): Promise<(Head | undefined)[]> {
  return (await memory.getMany(keys, 'head', SIGNAL)).map((entry) => entry?.head);
}

const isDropped = (head: Head | undefined) => head?.kind === 'dropped';

export const BUS_CLAUSES: Clauses<BusSubject> = {
  'drops keys in the memory of other processes, and only values fetched before': async (subject) => {
    const { bus, there, heard } = subject;
    await put(
      there.memory,
      entryOf('older', 'x', { stamp: STAMP }),
      entryOf('newer', 'x', { stamp: STAMP + 11 }),
    );
    await bus.announce(invalidationOf(['older', 'newer'], 'drop'));
    await heard();
    expect((await headsOf(there.memory, ['older', 'newer'])).map(isDropped)).toEqual([true, false]);
  },

  'makes keys stale in the memory of other processes, which keep the value': async ({
    bus,
    there,
    heard,
  }) => {
    await put(there.memory, entryOf('k', 'x', { stamp: STAMP }));
    await bus.announce(invalidationOf(['k'], 'stale'));
    await heard();
    const entry = await getOne(there.memory, 'k');
    expect(entry?.head.kind).toBe('value');
    expect(entry && isMadeStale(entry.head)).toBe(true);
  },

  'carries any number of keys': async ({ bus, there, heard }) => {
    const keys = Array.from({ length: MANY }, (_, i) => `k${i}`);
    await put(there.memory, ...keys.map((key) => entryOf(key, 'x', { stamp: STAMP })));
    await bus.announce(invalidationOf(keys, 'drop'));
    await heard();
    expect((await headsOf(there.memory, keys)).filter(isDropped)).toHaveLength(MANY);
  },

  'lets other processes know of fences': async ({ bus, there, heard }) => {
    const fence: Fence = { origin: 'markets', target: ofTag('a'), mode: 'drop', stamp: STAMP + 10 };
    await bus.fenced([fence]);
    await heard();
    const entry = { key: 'k', source: 'profile', stamp: STAMP, tags: ['a'] };
    expect(there.fences.modeOf(entry)).toBe('drop');
  },

  'lets bodies in the memory of other processes live longer': async ({ bus, there, heard }) => {
    const entry = entryOf('k', 'x', { stamp: STAMP });
    await put(there.memory, entry);
    await bus.extended([extendOf(entry, STAMP + 1, 5_000)]);
    await heard();
    const [head] = await headsOf(there.memory, ['k']);
    expect(head).toMatchObject({ stamp: STAMP + 1, staleAt: entry.head.staleAt + 5_000 });
  },

  'reaches a process that was away when it comes back': async ({ bus, there, heard, leave, comeBack }) => {
    await put(there.memory, entryOf('k', 'x', { stamp: STAMP }));
    await leave();
    await bus.announce(invalidationOf(['k'], 'drop'));
    await comeBack();
    await heard();
    expect((await headsOf(there.memory, ['k'])).map(isDropped)).toEqual([true]);
  },
};
