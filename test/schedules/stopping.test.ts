/** What a scheduler has in hand when it is asked to stop, as at each deploy. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { Scheduler } from '../../src/schedules/scheduler.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import { liar } from '../contract/liar.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET, SecondsByHand } from '../support/schedules.ts';
import { until } from '../support/waiting.ts';

/** A scheduler of a schedule that fires each second, whose claims reach the server when `claim` is called, and not before. */
async function claiming() {
  const seconds = new SecondsByHand();
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const honest = seconds.storeOf(
    new RedisTickStore({ ...{ redis, prefix }, holder: 'a', leaseMs: 60_000, kept: 99 }),
  );
  const asked: (() => void)[] = [];
  const store = liar<TickStore>(honest, {
    async advance(name, move) {
      await new Promise<void>((resolve) => asked.push(resolve));
      return honest.advance(name, move);
    },
  });
  const done: string[] = [];
  const scheduler = new Scheduler({
    ...{ store, clock: seconds.clockOf(systemClock), events: new Events(), ...QUIET },
    eachSecond: seconds.eachSecond,
    schedules: [{ name: 'each', rule: { every: 1_000 }, rules: PLAIN_RULES }],
    async onTick() {
      for (let i = 0; i < 20; i += 1) await setImmediate();
      done.push('tick');
      return undefined;
    },
  });
  await scheduler.start();
  const later = async () => {
    seconds.pass();
    return asked.length;
  };
  await until('a claim', later, (count) => count > 0);
  const claim = () => {
    for (const reach of asked.splice(0)) reach();
  };
  const stop = () => scheduler.stop(systemClock.now() + 20_000).then(() => done.push('stop'));
  return { store: honest, claim, stop, done };
}

test('a tick that is being claimed when a scheduler stops is enqueued, and on record, before it has stopped', async () => {
  const { store, claim, stop, done } = await claiming();
  const stopped = stop();
  claim();
  await stopped;
  expect(done).toEqual(['tick', 'stop']);
  expect((await store.states(['each'])).states[0]?.claimed).toBe(0);
  expect(await store.history('each', 9)).toMatchObject([{ end: 'ran' }]);
});
