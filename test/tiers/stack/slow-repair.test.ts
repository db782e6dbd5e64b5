/** Repairs of tiers that are slow, or that cannot be asked: each must get on by a little. */
import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { GuardedTier } from '../../../src/tiers/wrappers/guarded-tier.ts';
import { liar } from '../../contract/liar.ts';
import { put, SIGNAL } from '../../contract/tier.steps.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { entryOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TIMEOUT_MS = 1_000;
/** So slow that six keys are too many for one call. */
const KEY_MS = 180;
const REPAIR_EVERY_MS = 2_000;
/** Breakers open for less: whatever is tried a few times is tried while one is half-open. */
const REPAIRS = 40;

const keysFrom = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}:${i}`);

/** Two tiers behind guards, the second of which takes its time for each key; and what they are made of. */
function slowStack() {
  const clock = new FakeClock();
  const named = (name: string) => {
    const inner = new ChaosTier({ tier: new MemoryTier({ maxSize: 1e7, clock }), clock });
    return liar<Tier>(inner, { name, traits: { ...inner.traits, reach: 'shared' } });
  };
  const quick = named('quick');
  const inner = named('slow');
  const slow = liar<Tier>(inner, {
    getMany: async (keys, want, signal) => {
      await sleep(clock, keys.length * KEY_MS, signal);
      return inner.getMany(keys, want, signal);
    },
    putMany: async (writes, signal) => {
      await sleep(clock, writes.length * KEY_MS, signal);
      return inner.putMany(writes, signal);
    },
  });
  const repairs = new MemoryRepairs({ bound: 1_000 });
  const events = new Events();
  const guarded = (tier: Tier) => new GuardedTier({ tier, clock, events, timeout: TIMEOUT_MS });
  const tiers = [guarded(quick), guarded(slow)] as const;
  const stack = new TieredStack({ tiers, clock, events, repairs });
  const repairOften = async () => {
    for (let i = 0; i < REPAIRS; i += 1) {
      const repaired = stack.repair(SIGNAL);
      await clock.advance(REPAIR_EVERY_MS);
      await clock.advance(20 * TIMEOUT_MS);
      await repaired;
    }
  };
  return { clock, quick, slow: inner, tiers, repairs, repairOften };
}

/** So many failures in a row that both breakers are open. */
async function openBreakers(clock: FakeClock, tier: Tier): Promise<void> {
  const many = keysFrom('none', 10);
  for (let i = 0; i < 5; i += 1) {
    const calls = [tier.getMany(many, 'head', SIGNAL), put(tier, ...many.map((key) => entryOf(key, 'x')))];
    const ended = Promise.allSettled(calls);
    await clock.advance(TIMEOUT_MS);
    await ended;
  }
}

describe('the repair of a slow tier', () => {
  it('gets on although its breaker was open, and the first rounds are too large for the timeout', async () => {
    const { clock, quick, slow, tiers, repairs, repairOften } = slowStack();
    const keys = keysFrom('k', 20);
    await put(quick, ...keys.map((key) => entryOf(key, key)));
    await repairs.record(tiers[1], keys);
    await openBreakers(clock, tiers[1]);
    await repairOften();
    expect(await repairs.count(tiers[1])).toBe(0);
    const held = await slow.getMany(keys, 'head', SIGNAL);
    expect(held.filter((entry) => entry === undefined)).toEqual([]);
  });

  it('gets on although another tier is repaired from it, in rounds too large for the timeout', async () => {
    const { clock, quick, slow, tiers, repairs, repairOften } = slowStack();
    const [here, there] = [keysFrom('here', 12), keysFrom('there', 12)];
    await put(quick, ...here.map((key) => entryOf(key, key)));
    await put(slow, ...there.map((key) => entryOf(key, key)));
    await repairs.record(tiers[0], there);
    await repairs.record(tiers[1], here);
    await openBreakers(clock, tiers[1]);
    await repairOften();
    expect([await repairs.count(tiers[0]), await repairs.count(tiers[1])]).toEqual([0, 0]);
  });
});

describe('a missed write that arrived although its answer did not', () => {
  it('is not written again', async () => {
    const { clock, quick, slow, tiers, repairs, repairOften } = slowStack();
    const keys = keysFrom('k', 3);
    for (const tier of [quick, slow]) await put(tier, ...keys.map((key) => entryOf(key, key, { stamp: 2 })));
    await put(slow, entryOf('k:1', 'newer', { stamp: 3 }));
    await repairs.record(tiers[1], keys);
    let written = 0;
    const { putMany } = slow;
    slow.putMany = (writes, signal) => {
      written += writes.length;
      return putMany.call(slow, writes, signal);
    };
    const repaired = repairOften();
    await clock.advance(1);
    await repaired;
    expect([written, await repairs.count(tiers[1])]).toEqual([0, 0]);
  });
});

describe('a missed write that cannot be made up for now', () => {
  it('does not hold up those that were missed after it', async () => {
    const clock = new FakeClock();
    const [one, two, down] = ['one', 'two', 'down'].map((name) => {
      const tier = new ChaosTier({ tier: new MemoryTier({ maxSize: 1e7, clock }), clock });
      return { tier: liar<Tier>(tier, { name }), chaos: tier.chaos };
    });
    if (one === undefined || two === undefined || down === undefined) throw new Error('three tiers');
    const repairs = new MemoryRepairs({ bound: 1_000 });
    const tiers = [one.tier, two.tier, down.tier];
    const stack = new TieredStack({ tiers, clock, events: new Events(), repairs });
    down.chaos.down = true;
    await repairs.record(one.tier, keysFrom('elsewhere', 20));
    const keys = keysFrom('here', 20);
    await put(two.tier, ...keys.map((key) => entryOf(key, key)));
    await repairs.record(one.tier, keys);
    for (let i = 0; i < 25; i += 1) await stack.repair(SIGNAL);
    const held = await one.tier.getMany(keys, 'head', SIGNAL);
    expect(held.filter((entry) => entry !== undefined)).toHaveLength(20);
    expect(await repairs.count(one.tier), 'the others wait for the tier that is down').toBe(20);
  });
});
