import { expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { TierRepairer } from '../../src/workers/tier-repairer.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

const EVERY = 5_000;
const SOON = 1_000;

test('tiers are repaired again and again, and a repair that fails is reported', async () => {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  let repairs = 0;
  const repair = async () => {
    repairs += 1;
    if (repairs === 2) throw new Error('no tier answered');
  };
  const repairer = new TierRepairer({ repair, clock, events, every: EVERY });
  await repairer.start();
  await clock.advance(EVERY * 3);
  await repairer.stop(clock.now() + SOON);
  await clock.advance(EVERY * 3);
  expect(repairs).toBe(3);
  expect(log.seen).toMatchObject([{ payload: { where: 'repair of tiers' } }]);
});
