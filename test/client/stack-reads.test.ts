import { expect, onTestFinished, test } from 'vitest';
import { readerValue } from '../../src/client/found.ts';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { Keys } from '../../src/client/keys.ts';
import { MemoryReads, valueIn } from '../../src/client/memory-reads.ts';
import { StackReads } from '../../src/client/stack-reads.ts';
import { Events } from '../../src/core/events.ts';
import { ReadCounts } from '../../src/core/metrics/read-counts.ts';
import { NEVER } from '../../src/core/never.ts';
import { NO_FENCES } from '../../src/tiers/invalidation/fences.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../src/tiers/stack/tiered-stack.ts';
import { liar } from '../contract/liar.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { sourceWith } from '../support/sources.ts';

const SOURCE = sourceWith();
const KEY = 'profile:a';
const OLD = entryOf(KEY, '"old"', { dueAt: FETCHED_AT + 1_000 });
const NEW = entryOf(KEY, '"new"', { stamp: OLD.head.stamp + 1 });

/** A reader with a memory, and a tier below it whose replies can be held back. */
async function setup() {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const memory = new MemoryTier({ maxSize: 1e6, clock });
  const store = new MemoryTier({ name: 'store', maxSize: 1e6, clock });
  let reply: Promise<void> = Promise.resolve();
  const below = liar(store, {
    traits: { ...store.traits, reach: 'shared' },
    async getMany(...asked) {
      const found = await store.getMany(...asked);
      await reply;
      return found;
    },
  });
  const stack = new TieredStack({
    ...{ tiers: [memory, below], clock, events },
    repairs: new MemoryRepairs({ bound: 1 }),
  });
  onTestFinished(() => stack.close());
  const sampler = new KeySampler(
    () => undefined,
    () => 0.5,
  );
  const parts = { stack, clock, events, samplerOf: () => sampler, reads: new ReadCounts() };
  const memoryReads = new MemoryReads({ ...parts, memory, fences: NO_FENCES, busHealth: { isStale: false } });
  const missHandler = { miss: () => undefined };
  const refreshAhead = { add: () => undefined };
  const stackReads = new StackReads({
    ...parts,
    memoryReads,
    missHandler,
    undecodableValues: { remove: async () => undefined },
    refreshAhead,
    keys: new Keys(new Map([[SOURCE.name, SOURCE]])),
  });
  await stack.putMany([{ kind: 'put', entry: OLD }], NEVER);
  return {
    clock,
    store,
    /** Replies of the tier below arrive when what this returns is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      reply = promise;
      return resolve;
    },
    async read(): Promise<unknown> {
      const hit = memoryReads.hit(KEY);
      return hit === undefined ? readerValue(await stackReads.get(KEY, SOURCE, undefined)) : valueIn(hit);
    },
  };
}

test('memory serves what is due for a second after the tiers below were asked', async () => {
  const { clock, store, read } = await setup();
  await clock.advance(2_000);
  expect(await read()).toBe('old');
  await store.putMany([{ kind: 'put', entry: NEW }], NEVER);
  await clock.advance(900);
  expect(await read()).toBe('old');
  await clock.advance(200);
  expect(await read()).toBe('new');
});

test('a reply that is processed late, as by a process that was suspended, does not keep a newer value out', async () => {
  const { clock, store, read, hold } = await setup();
  await clock.advance(2_000);
  const arrive = hold();
  const late = read();
  await clock.advance(0);
  await store.putMany([{ kind: 'put', entry: NEW }], NEVER);
  await clock.advance(5_000);
  arrive();
  expect(await late).toBe('old');
  expect(await read()).toBe('new');
});
