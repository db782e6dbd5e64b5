/** What people want of a schedule outlives a jobs Redis that loses it, as long as a scheduler lives that knew. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import type { ScheduleAccount } from '../../src/schedules/schedule-account.ts';
import { Scheduler } from '../../src/schedules/scheduler.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import { liar } from '../contract/liar.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET, SecondsByHand } from '../support/schedules.ts';
import { until } from '../support/waiting.ts';

const RULE = { every: 2_000 };
const ANN = { by: 'ann', why: 'moving', id: 'a' };
const PARTS = ['state', 'asked', 'claims', 'ticks', 'by-hand', 'rules'] as const;

function installation(wrap: (store: TickStore) => TickStore = (store) => store) {
  const [prefix, seconds, redis] = [uniquePrefix(), new SecondsByHand(), connectRedis()];
  const store = seconds.storeOf(
    new RedisTickStore({ redis, prefix, holder: 'a', leaseMs: 60_000, kept: 1_000 }),
  );
  const fired: number[] = [];
  const events = new Events();
  const log = new EventLog(events, ['schedule:restored']);
  async function start() {
    const scheduler = new Scheduler({
      ...{ schedules: [{ name: 'each', rule: RULE, rules: PLAIN_RULES }], events, ...QUIET },
      ...{ store: wrap(store), clock: seconds.clockOf(systemClock), eachSecond: seconds.eachSecond },
      async onTick({ nominal }) {
        fired.push(nominal);
        return undefined;
      },
    });
    onTestFinished(() => scheduler.stop(systemClock.now() + 1_000));
    await scheduler.start();
  }
  const account = async () => (await store.states(['each'])).states[0];
  const passUntil = (what: string, is: (state: ScheduleAccount | undefined) => boolean) =>
    until(
      what,
      () => {
        seconds.pass();
        return account();
      },
      is,
    );
  /** Ten seconds on, by the times that have ended: every look at the accounts has seen what there is. */
  const passTen = async () => {
    const from = (await account())?.cursor ?? 0;
    await passUntil('ten seconds', (state) => (state?.cursor ?? 0) >= from + 10_000);
  };
  const keys = redisKeys(prefix);
  const empty = async () => redis.del(PARTS.map((part) => keys.schedule('each', part)));
  /** As a replica is that had the first request and no later one: a pause. */
  const rewind = () =>
    redis.hset(keys.schedule('each', 'state'), {
      ...{ pause: '{"by":"ann","why":"","since":1}', pausedUntil: `${2 ** 53 - 1}`, requests: 1 },
    });
  return { rewind, store, fired, log, start, account, passTen, passUntil, empty };
}

const begun = { cursor: 0, rule: ruleText(RULE), waiting: undefined };

describe('a jobs Redis that was emptied', () => {
  it('gets back a pause and a time to leave out, and fires nothing meanwhile', async () => {
    const { store, fired, log, start, account, passTen, empty } = installation();
    await start();
    const far = Math.ceil((await store.states([])).now / 2_000) * 2_000 + 3_600_000;
    await store.ask('each', { ...ANN, nominal: far }, false);
    await store.pause('each', begun, { ...ANN, end: undefined });
    await passTen();
    const before = fired.length;
    await empty();
    await passTen();
    expect(await account()).toMatchObject({
      paused: { by: 'ann', why: 'moving' },
      asked: [{ nominal: far }],
    });
    expect(fired).toHaveLength(before);
    expect(log.seen).toMatchObject([{ payload: { schedule: 'each', paused: true, leftOut: 1 } }]);
    expect((await store.interventions('each', 9)).map(({ kind }) => kind)).toEqual(['restored']);
    expect((await store.history('each', 99)).every(({ reason }) => reason === 'paused')).toBe(true);
  });

  it('loses no time that passed meanwhile, and doubles none', async () => {
    const { store, fired, start, passTen, empty } = installation();
    await start();
    await passTen();
    await empty();
    await passTen();
    const sorted = fired.toSorted((a, b) => a - b);
    const first = sorted[0] ?? 0;
    expect(new Set(sorted).size).toBe(sorted.length);
    expect(sorted).toEqual(sorted.map((_, i) => first + i * 2_000));
    expect((await store.history('each', 99)).filter(({ end }) => end === 'skipped')).toEqual([]);
  });

  it('would fire what is paused, with a scheduler that gives nothing back, and this test would see it', async () => {
    const { store, fired, start, passTen, passUntil, empty } = installation((honest) =>
      liar(honest, { restore: async () => false }),
    );
    await start();
    await store.pause('each', begun, { ...ANN, end: undefined });
    await passTen();
    const before = fired.length;
    await empty();
    await passUntil('a tick', () => fired.length > before);
  });
});

describe('a copy of the jobs Redis that lacks the last requests', () => {
  it('pauses nothing again that was resumed', async () => {
    const { store, start, passTen, passUntil, log, rewind } = installation();
    await start();
    await store.pause('each', begun, { ...ANN, end: undefined });
    await passTen();
    await store.resume('each', { ...ANN, id: 'b' });
    await passTen();
    // As a replica is that had the pause, and not yet its end.
    await rewind();
    await passUntil('the end of the pause', (state) => state?.paused === undefined);
    expect(log.seen).toHaveLength(1);
  });
});
