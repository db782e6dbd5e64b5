import { describe, expect, onTestFinished, test } from 'vitest';
import { type Found, readerValue } from '../../src/client/found.ts';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { MemoryReads } from '../../src/client/memory-reads.ts';
import { MissCoalescer, type MissCoalescerDeps } from '../../src/client/misses/miss-coalescer.ts';
import { PendingRead } from '../../src/client/misses/pending-read.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { BusHealth, perGeneration } from '../../src/tiers/invalidation/bus-health.ts';
import { NO_FENCES } from '../../src/tiers/invalidation/fences.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import type { Stack } from '../../src/tiers/stack/stack.ts';
import { TieredStack } from '../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { liar } from '../contract/liar.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedLoader } from '../support/scripted-loader.ts';
import { sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';

const SOURCE = sourceWith({ miss: { policy: 'origin', softDeadline: 0, hardDeadline: 1_000 } });

/** Reads of one key, none of which a tier could serve, through these loaders. */
function reads(
  parts: Pick<MissCoalescerDeps, 'clock' | 'stack' | 'loaders' | 'fallback'> & {
    readonly busHealth: BusHealth;
  },
) {
  const events = new Events();
  const sampler = new KeySampler(
    () => undefined,
    () => 0.5,
  );
  const memoryReads = new MemoryReads({
    ...{ ...parts, memory: undefined, fences: NO_FENCES, events },
    samplerOf: () => sampler,
  });
  const refreshAhead = { add: () => undefined };
  const coalescer = new MissCoalescer({ ...parts, memoryReads, events, refreshAhead });
  onTestFinished(async () => {
    parts.busHealth.close();
    await coalescer.close();
  });
  return () =>
    new Promise<unknown>((resolve) => {
      const known = { key: 'profile:a', params: undefined, stale: undefined, silent: [] };
      const settle = (found: Found) => resolve(readerValue(found));
      coalescer.miss(SOURCE, [new PendingRead({ ...known, sampler, resolve: settle })]);
    });
}

function stackOf(tier: Tier, clock: FakeClock): Stack {
  const repairs = new MemoryRepairs({ bound: 1 });
  return new TieredStack({ tiers: [tier], clock, events: new Events(), repairs });
}

/** A reader that cannot use Redis, and so fetches for itself; each fetch goes on when it is told to. */
function setup(why: 'E_REDIS_UNAVAILABLE' | 'E_TIER_UNAVAILABLE' = 'E_REDIS_UNAVAILABLE') {
  const clock = new FakeClock(FETCHED_AT);
  const busHealth = new BusHealth({ clock, bound: 60_000 });
  const newStack = () => stackOf(new MemoryTier({ maxSize: 1e6, clock }), clock);
  const away = new ScriptedLoader({
    ...{ tier: newStack(), entryOf: () => undefined, failure: () => new ForewarmError(why, 'away') },
  });
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  let [announced, calls] = [0, 0];
  const fallback = perGeneration(
    busHealth,
    async () => `${announced}`,
    () => {
      const stack = newStack();
      const entryOfCall = (key: string) => {
        calls += 1;
        return entryOf(key, `"call ${calls}"`);
      };
      const loader = new ScriptedLoader({ tier: stack, entryOf: entryOfCall, gate: () => going.promise });
      void loader.begun.then(begun.resolve);
      return { stack, loader };
    },
  );
  const loaders = { origin: away, request: away };
  const read = reads({ clock, busHealth, stack: newStack(), loaders, fallback });
  const announce = () => {
    announced += 1;
  };
  return { read, busHealth, announce, begun: begun.promise, go: () => going.resolve() };
}

describe('what a process fetches for itself while the ledger is away', () => {
  test('is served', async () => {
    const { read, begun, go } = setup();
    const first = read();
    await begun;
    go();
    expect(await first).toBe('call 1');
  });

  test('is fetched again for reads that follow an invalidation which it may have missed on its way', async () => {
    const { read, busHealth, begun, go } = setup();
    const first = read();
    await begun;
    busHealth.published();
    const late = read();
    go();
    expect([await first, await late]).toEqual(['call 1', 'call 2']);
  });
});

describe('what a process fetches for itself while only the tiers are away', () => {
  test('is fetched again for reads that follow an invalidation, whether it was heard yet or not', async () => {
    const { read, announce, begun, go } = setup('E_TIER_UNAVAILABLE');
    const first = read();
    await begun;
    announce();
    const late = read();
    go();
    expect([await first, await late]).toEqual(['call 1', 'call 2']);
    announce();
    expect(await read()).toBe('call 3');
  });
});

describe('what is loaded into the tiers', () => {
  /** Reads of the tier return when they are told to, with what it held when they began. */
  function gated(tier: MemoryTier) {
    const gates: PromiseWithResolvers<void>[] = [];
    const getMany: Tier['getMany'] = async (...asked) => {
      const found = await tier.getMany(...asked);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return found;
    };
    const looking = (count: number) =>
      until(
        'a look',
        async () => gates.length,
        (found) => found === count,
      );
    return { tier: liar<Tier>(tier, { getMany }), looking, go: (at: number) => gates[at]?.resolve() };
  }

  function loading() {
    const clock = new FakeClock(FETCHED_AT);
    const { tier, looking, go } = gated(new MemoryTier({ maxSize: 1e6, clock }));
    const busHealth = new BusHealth({ clock, bound: 60_000 });
    const stack = stackOf(tier, clock);
    const loader = new ScriptedLoader({
      tier,
      entryOf: (key, call) => entryOf(key, `"${call}"`, { stamp: 10 * call }),
    });
    const loaders = { origin: loader, request: loader };
    const read = reads({ clock, busHealth, stack, loaders, fallback: async () => ({ stack, loader }) });
    const drop = () => tier.putMany([{ kind: 'put', entry: tombstoneOf('profile:a', 11) }], NEVER);
    return { read, drop, looking, go, loader };
  }

  test('is looked up again for reads that joined during the look, since it may have been dropped before they began', async () => {
    const { read, drop, looking, go, loader } = loading();
    const first = read();
    await looking(1);
    await drop();
    const late = read();
    go(0);
    expect(await first).toBe('1');
    await looking(2);
    go(1);
    await looking(3);
    go(2);
    expect(await late).toBe('2');
    expect(loader.calls).toBe(2);
  });

  test('is loaded once, also for reads that joined during the look', async () => {
    const { read, looking, go, loader } = loading();
    const first = read();
    await looking(1);
    const late = read();
    go(0);
    await looking(2);
    go(1);
    expect([await first, await late]).toEqual(['1', '1']);
    expect(loader.calls).toBe(1);
  });
});
