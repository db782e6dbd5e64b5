import { expect, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { TimedTier } from '../../../src/tiers/wrappers/timed-tier.ts';
import { getOne, put } from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { entryOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['tier:call']);
  const inner = new ChaosTier({ tier: new MemoryTier({ maxSize: 16e6, clock }), clock });
  return { clock, log, chaos: inner.chaos, tier: new TimedTier({ tier: inner, clock, events }) };
}

test('a timed tier says of every read and write how many keys and how long', async () => {
  const { tier, clock, chaos, log } = setup();
  await put(tier, entryOf('a', '1'), entryOf('b', '2'));
  chaos.delay = 30;
  const pending = getOne(tier, 'a');
  await clock.advance(30);
  await pending;
  chaos.delay = 0;
  chaos.down = true;
  const failing = expect(getOne(tier, 'a')).rejects.toThrow('chaos: down');
  await clock.advance(0);
  await failing;
  expect(log.seen.map(({ payload }) => payload)).toEqual([
    { tier: 'memory', verb: 'put', keys: 2, ms: 0, ok: true },
    { tier: 'memory', verb: 'get', keys: 1, ms: 30, ok: true },
  ]);
});

describeTier('memory, timed', { create: () => ({ tier: setup().tier }) });
