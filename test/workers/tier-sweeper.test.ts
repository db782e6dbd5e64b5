import { expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { TierSweeper } from '../../src/workers/tier-sweeper.ts';
import { ChaosTier } from '../support/chaos-tier.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

const EVERY = 60_000;

/** The same tier, as one that every process sees. */
function sharedLike(tier: Tier): Tier {
  const traits = { ...tier.traits, reach: 'shared' } as const;
  return new Proxy(tier, {
    get: (target, name) => {
      const value: unknown = name === 'traits' ? traits : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A sweeper of memory, and of a tier that others see as well, both with more entries than one call removes. */
async function swept(options: { readonly down?: boolean } = {}) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const [memory, other] = [1, 2].map(
    () => new ChaosTier({ tier: new MemoryTier({ maxSize: 1e7, clock }), clock }),
  );
  if (memory === undefined || other === undefined) throw new Error('two tiers');
  const shared = sharedLike(other);
  const writes = Array.from(
    { length: 1_200 },
    (_, i) => ({ kind: 'put', entry: entryOf(`profile:${i}`, '{}') }) as const,
  );
  for (const tier of [memory, other]) await tier.putMany(writes, NEVER);
  memory.chaos.down = options.down ?? false;
  const sweeper = new TierSweeper({ tiers: [memory, shared], clock, events, every: EVERY });
  await sweeper.start();
  await clock.advance(600_001 + EVERY);
  await sweeper.stop(clock.now() + 1_000);
  memory.chaos.down = false;
  const entries = async (tier: ChaosTier) => (await tier.usage(NEVER)).entries;
  return { memory: await entries(memory), shared: await entries(other), log };
}

test('what is gone leaves the tiers of this process by itself, and the shared ones are left to gc', async () => {
  expect(await swept()).toMatchObject({ memory: 0, shared: 1_200 });
});

test('a tier that is down is reported, and the sweeper goes on', async () => {
  const { log } = await swept({ down: true });
  expect(log.seen.length).toBeGreaterThan(1);
  expect(log.seen[0]?.payload).toMatchObject({ where: expect.stringContaining('sweeping tier') });
});
