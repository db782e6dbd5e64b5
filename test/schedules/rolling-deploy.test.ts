/** Two configurations at once, as in a rolling deploy: each of two schedulers has another rule for one schedule. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { type NominalTimes, nominalTimes, type TimeRule } from '../../src/policy/nominal-times.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { Scheduler } from '../../src/schedules/scheduler.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import { liar } from '../contract/liar.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET, SecondsByHand } from '../support/schedules.ts';
import { until } from '../support/waiting.ts';

const OLD = { every: 2_000 };
const NEW = { every: 3_000 };

function deployment(wrap: (store: TickStore) => TickStore = (store) => store) {
  const [prefix, seconds] = [uniquePrefix(), new SecondsByHand()];
  const storeOf = (holder: string) =>
    new RedisTickStore({ redis: connectRedis(), prefix, holder, leaseMs: 60_000, kept: 1_000 });
  const store = seconds.storeOf(storeOf('reader'));
  const fired: number[] = [];
  async function start(holder: string, rule: TimeRule) {
    const events = new Events();
    const log = new EventLog(events, ['schedule:aside', 'schedule:tick', 'problem']);
    const scheduler = new Scheduler({
      ...{ schedules: [{ name: 'each', rule, rules: PLAIN_RULES }], events, ...QUIET },
      ...{ store: wrap(seconds.storeOf(storeOf(holder))), clock: seconds.clockOf(systemClock) },
      eachSecond: seconds.eachSecond,
      async onTick({ nominal }) {
        fired.push(nominal);
        return undefined;
      },
    });
    onTestFinished(() => scheduler.stop(systemClock.now() + 1_000));
    await scheduler.start();
    return { log, scheduler, startedAt: (await store.states([])).now };
  }
  /** Lets seconds pass until every time that `rule` names until so many seconds after now has ended. */
  async function pass(count: number, rule: TimeRule) {
    const end = (await store.states([])).now + count * 1_000;
    const last = lastOf(nominalTimes(rule), end);
    const later = async () => {
      seconds.pass();
      return store.history('each', 1_000);
    };
    await until('the last time', later, (all) => all.some(({ nominal }) => nominal >= last));
  }
  return { start, pass, store, fired };
}

function lastOf({ next }: NominalTimes, end: number): number {
  let last = next(end - 10_000) ?? end;
  for (let at: number | undefined = last; at !== undefined && at <= end; at = next(at)) last = at;
  return last;
}

async function lostOf(store: TickStore, rule: TimeRule, from: number): Promise<number[]> {
  const nominals = (await store.history('each', 1_000)).map(({ nominal }) => nominal);
  expect(new Set(nominals).size).toBe(nominals.length);
  const { next } = nominalTimes(rule);
  const lost: number[] = [];
  const last = Math.max(...nominals);
  for (let at = next(from); at !== undefined && at <= last; at = next(at))
    if (!nominals.includes(at)) lost.push(at);
  return lost;
}

describe('a rolling deploy with another rule', () => {
  it('loses and doubles no time of the new rule, while schedulers with the old one run beside', async () => {
    const { start, pass, store, fired } = deployment();
    const old = await start('old', OLD);
    await pass(4, OLD);
    const { startedAt } = await start('new', NEW);
    await pass(30, NEW);
    expect(await lostOf(store, NEW, startedAt)).toEqual([]);
    expect(new Set(fired).size).toBe(fired.length);
    expect(old.log.seen.filter(({ name }) => name === 'schedule:aside')).toHaveLength(1);
    const after = fired.filter((nominal) => nominal > startedAt + 5_000);
    expect(after.every((nominal) => nominal % 3_000 === 0)).toBe(true);
  });

  it('would be seen to lose times if both rules came and went', async () => {
    const forgetful = (store: TickStore) =>
      liar(store, {
        async enlist(name, state) {
          const leader = { rule: state.rule, since: state.cursor };
          return { state: await store.open(name, state), leader, generation: 1 };
        },
      });
    const { start, pass, store } = deployment(forgetful);
    await start('old', OLD);
    const { startedAt } = await start('new', NEW);
    await pass(30, NEW);
    expect(await lostOf(store, NEW, startedAt)).not.toEqual([]);
  });

  it('that is rolled back goes by the old rule again, and loses none of its times', async () => {
    const { start, pass, store } = deployment();
    const old = await start('old', OLD);
    const failed = await start('new', NEW);
    await pass(6, NEW);
    await old.scheduler.stop(systemClock.now() + 1_000);
    const { startedAt } = await start('back', OLD);
    await pass(20, OLD);
    expect(await lostOf(store, OLD, startedAt)).toEqual([]);
    expect(failed.log.seen.filter(({ name }) => name === 'schedule:aside')).toHaveLength(1);
  });
});
