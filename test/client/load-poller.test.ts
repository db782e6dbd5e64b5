import { expect, onTestFinished, test } from 'vitest';
import { LoadPoller } from '../../src/client/misses/load-poller.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { liar } from '../contract/liar.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { drive, FakeClock } from '../support/fake-clock.ts';

const MISSING = ['a', 'b', 'c'].map((name) => ({ key: `profile:${name}`, params: undefined, newerThan: 0 }));

function setup(patience: number) {
  const clock = new FakeClock(FETCHED_AT);
  const store = new MemoryTier({ maxSize: 1e6, clock });
  let looks = 0;
  const tier = liar<Tier>(store, {
    getMany(...asked) {
      looks += 1;
      return store.getMany(...asked);
    },
  });
  const repairs = new MemoryRepairs({ bound: 1 });
  const stack = new TieredStack({ tiers: [tier], clock, events: new Events(), repairs });
  onTestFinished(() => stack.close());
  return { clock, stack, poller: new LoadPoller({ stack, clock, patience }), looks: () => looks };
}

test('a look tells what is warm from what is still missing, in one call', async () => {
  const { clock, stack, poller, looks } = setup(1_000);
  const entries = [entryOf('profile:a', '1'), tombstoneOf('profile:b', 5), entryOf('profile:c', '3')];
  const puts = entries.map((entry) => ({ kind: 'put', entry }) as const);
  await stack.putMany(puts, NEVER);
  const look = await drive(clock, poller.next(MISSING, NEVER), 10);
  expect(look).toEqual({ loaded: ['profile:a', 'profile:c'], missing: [MISSING[1]] });
  expect(looks()).toBe(1);
});

test('looks come ever more slowly, and end when the patience is over', async () => {
  const { clock, poller } = setup(1_000);
  const at: number[] = [];
  while ((await drive(clock, poller.next(MISSING, NEVER), 1)) !== undefined) at.push(clock.elapsed());
  const pauses = at.map((time, i) => time - (at[i - 1] ?? 0));
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(pauses[0]).toBeLessThan(20);
  expect(pauses.at(-1)).toBeLessThanOrEqual(101);
  expect(at.at(-1)).toBeLessThan(1_101);
});
