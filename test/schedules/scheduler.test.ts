/** Schedulers on a real account of ticks. Seconds pass when a test says so, for the schedulers and the server alike. */
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { messageOf } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { resume } from '../../src/schedules/advance.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { Scheduler, type SchedulerDeps } from '../../src/schedules/scheduler.ts';
import { type Tick, tickId } from '../../src/schedules/tick.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET, SecondsByHand } from '../support/schedules.ts';
import { until } from '../support/waiting.ts';

const EACH_SECOND = { name: 'each', rule: { cron: '* * * * * *' }, rules: PLAIN_RULES };
const YEARLY = { ...EACH_SECOND, rule: { cron: '0 0 1 1 *' } };

let seconds: SecondsByHand;
beforeEach(() => {
  seconds = new SecondsByHand();
});

function storeOf(prefix: string, holder = 'a', leaseMs = 10_000): TickStore {
  const redis = connectRedis();
  return seconds.storeOf(new RedisTickStore({ redis, prefix, holder, leaseMs, kept: 1_000 }));
}

/** Lets a second pass each time it asks. */
function passUntil<T>(what: string, ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const later = () => {
    seconds.pass();
    return ask();
  };
  return until(what, later, fits);
}

/** A scheduler that is stopped when the test ends, and the ticks it enqueued. */
function schedulerOf(deps: Partial<SchedulerDeps> & { readonly store: TickStore }) {
  const events = new Events();
  const log = new EventLog(events, ['schedule:tick', 'schedule:skipped', 'problem']);
  const ticks: Tick[] = [];
  const scheduler = new Scheduler({
    ...{ schedules: [EACH_SECOND], clock: seconds.clockOf(systemClock), events, ...QUIET },
    eachSecond: seconds.eachSecond,
    async onTick(tick) {
      ticks.push(tick);
      return undefined;
    },
    ...deps,
  });
  onTestFinished(() => scheduler.stop(systemClock.now() + 1_000));
  /** Lets seconds pass until it says something more. */
  async function next(name: 'schedule:tick' | 'schedule:skipped' | 'problem') {
    const count = () => log.seen.filter((event) => event.name === name).length;
    const before = count();
    await passUntil(
      name,
      async () => count(),
      (now) => now > before,
    );
  }
  return { scheduler, ticks, events, log, next };
}

/** Schedulers as in different processes, each with its own connection, run until so many ticks are enqueued in all. */
async function together(storeFor: (holder: string) => TickStore, count: number): Promise<number[]> {
  const all = ['a', 'b', 'c'].map((holder) => schedulerOf({ store: storeFor(holder) }));
  await Promise.all(all.map(({ scheduler }) => scheduler.start()));
  const enqueued = () => all.flatMap(({ ticks }) => ticks.map(({ nominal }) => nominal));
  const later = async () => {
    seconds.passForAll();
    return enqueued().length;
  };
  await until(`${count} ticks`, later, (sum) => sum >= count);
  await Promise.all(all.map(({ scheduler }) => scheduler.stop(systemClock.now() + 1_000)));
  return enqueued().sort((a, b) => a - b);
}

/** What is wrong with the ticks of a schedule that fires each second. */
function tickProblems(nominals: readonly number[]): string[] {
  return nominals.slice(1).flatMap((nominal, i) => {
    const step = nominal - (nominals[i] ?? 0);
    if (step === 0) return [`${nominal} twice`];
    return step === 1_000 ? [] : [`${step} ms between two ticks`];
  });
}

/** Every time of the account of a schedule that fires each second, the oldest first, with how it ended. */
async function account(store: TickStore, name = 'each') {
  const records = await store.history(name, 1_000);
  return records.toReversed().map(({ nominal, end, reason, run }) => ({ nominal, end, reason, run }));
}

describe('several schedulers', () => {
  it('enqueue each time of a schedule once, and account for every one', async () => {
    const prefix = uniquePrefix();
    const nominals = await together((holder) => storeOf(prefix, holder), 5);
    const records = await account(storeOf(prefix));
    expect(new Set(nominals).size).toBe(nominals.length);
    expect(tickProblems(records.map(({ nominal }) => nominal).sort((a, b) => a - b))).toEqual([]);
    expect(
      records
        .filter(({ end }) => end === 'ran')
        .map(({ nominal }) => nominal)
        .sort(),
    ).toEqual(nominals);
  });

  it('would enqueue ticks twice with an account of their own each, and this test would see it', async () => {
    const nominals = await together(() => storeOf(uniquePrefix()), 6);
    expect(new Set(nominals).size).toBeLessThan(nominals.length);
  });

  it('take over the tick of one that died before it enqueued it', async () => {
    const prefix = uniquePrefix();
    const dead = storeOf(prefix, 'dead', 50);
    const { now } = await dead.states([]);
    const rule = JSON.stringify({ cron: '0 0 1 1 *' });
    const from = await dead.open('yearly', { cursor: now, rule, waiting: undefined });
    const to = { cursor: now + 1, rule, waiting: undefined };
    expect(await dead.advance('yearly', { from, to, fire: [now + 1], skipped: [], skippedRanges: [] })).toBe(
      true,
    );
    const yearly = { ...YEARLY, name: 'yearly' };
    const { scheduler, ticks } = schedulerOf({ store: storeOf(prefix, 'b'), schedules: [yearly] });
    await scheduler.start();
    await passUntil(
      'the take-over',
      async () => ticks.length,
      (count) => count > 0,
    );
    expect(ticks).toEqual([{ schedule: 'yearly', nominal: now + 1 }]);
    await passUntil(
      'the record',
      () => dead.history('yearly', 9),
      (records) => records.length === 1,
    );
  });
});

/** A schedule whose account was left so long ago, by a scheduler that stopped then. */
async function leftBehind(seconds: number, rule = JSON.stringify({ cron: '* * * * * *' })) {
  const prefix = uniquePrefix();
  const store = storeOf(prefix);
  const { now } = await store.states([]);
  await store.open('each', { cursor: now - seconds * 1_000, rule, waiting: undefined });
  return { store, prefix, now };
}

describe('a scheduler that starts', () => {
  it('makes up for the times that passed while there was none, once, and says which were skipped', async () => {
    const { store } = await leftBehind(120, JSON.stringify({ cron: '0 0 1 1 *' }));
    const { scheduler, ticks } = schedulerOf({ store, schedules: [YEARLY] });
    await scheduler.start();
    expect(ticks).toEqual([]);
    const missed = await leftBehind(90);
    const late = schedulerOf({
      store: missed.store,
    });
    await late.scheduler.start();
    await passUntil(
      'the first tick',
      async () => late.ticks.length,
      (count) => count > 0,
    );
    const records = await account(missed.store);
    const skipped = records.filter(({ end }) => end === 'skipped');
    expect(skipped.length).toBeGreaterThanOrEqual(85);
    expect(skipped.every(({ reason }) => reason === 'missed')).toBe(true);
    expect(tickProblems(records.map(({ nominal }) => nominal))).toEqual([]);
    // Those that were found together are told together.
    const [told, ...others] = late.log.seen.filter(({ name }) => name === 'schedule:skipped');
    expect(others).toEqual([]);
    const nominals = skipped.map(({ nominal }) => nominal);
    expect(told?.payload).toEqual({
      ...{ schedule: 'each', reason: 'missed', count: skipped.length },
      ...{ from: Math.min(...nominals), nominal: Math.max(...nominals) },
    });
  });

  it('begins now with a schedule that nobody has seen before', async () => {
    const store = storeOf(uniquePrefix());
    const { now } = await store.states([]);
    const { scheduler, ticks } = schedulerOf({ store });
    await scheduler.start();
    await passUntil(
      'a tick',
      async () => ticks.length,
      (count) => count > 0,
    );
    expect(ticks[0]?.nominal).toBeGreaterThan(now - 1_000);
  });

  it('goes by a new rule from now on, and ends what the old one named', async () => {
    const { store, now } = await leftBehind(5);
    const { scheduler } = schedulerOf({ store, schedules: [YEARLY] });
    await scheduler.start();
    const changed = async () => (await store.states(['each'])).states[0];
    await passUntil('the new rule', changed, (state) => state?.rule.includes('0 0 1 1 *') === true);
    await passUntil(
      'the account',
      () => account(store),
      (all) => all.some(({ end }) => end === 'ran'),
    );
    const records = await account(store);
    expect(records.length).toBeGreaterThanOrEqual(5);
    expect((await changed())?.cursor).toBeGreaterThanOrEqual(now);
  });
});

describe('a scheduler', () => {
  it('tells of each tick that it enqueued, with its nominal time', async () => {
    const { scheduler, ticks, log, next } = schedulerOf({ store: storeOf(uniquePrefix()) });
    await scheduler.start();
    await next('schedule:tick');
    const [tick] = log.seen;
    expect(tick).toMatchObject({ name: 'schedule:tick', payload: { ...ticks[0] } });
    expect(ticks[0]?.schedule).toBe('each');
    expect((ticks[0]?.nominal ?? 1) % 1_000).toBe(0);
  });

  it('accounts for the times that passed while its event loop was blocked', async () => {
    const store = storeOf(uniquePrefix());
    const { scheduler, next } = schedulerOf({ store });
    await scheduler.start();
    await next('schedule:tick');
    // Nobody is woken in between: the second wake comes before what the first one does has begun.
    for (let passed = 0; passed < 4; passed += 1) seconds.pass();
    const times = async () => (await account(store)).map(({ nominal }) => nominal).sort((a, b) => a - b);
    const spans = (found: readonly number[]) => (found.at(-1) ?? 0) - (found[0] ?? 0) >= 5_000;
    expect(tickProblems(await passUntil('times after it', times, spans))).toEqual([]);
    const missed = (await account(store)).filter(({ reason }) => reason === 'missed');
    expect(missed.length).toBeGreaterThanOrEqual(2);
  });

  it.each([300_000, -300_000])(
    'fires by the server’s clock, whatever its own says: %d ms off',
    async (off) => {
      const clock: Clock = { ...seconds.clockOf(systemClock), now: () => systemClock.now() + off };
      const store = storeOf(uniquePrefix());
      const { scheduler, ticks } = schedulerOf({ store, clock });
      await scheduler.start();
      await passUntil(
        'a tick',
        async () => ticks.length,
        (count) => count > 0,
      );
      const { now } = await store.states([]);
      expect(Math.abs(now - (ticks[0]?.nominal ?? 0))).toBeLessThan(100_000);
    },
  );

  it('skips the times of a schedule that is paused, and fires once it is resumed', async () => {
    const store = storeOf(uniquePrefix());
    const { scheduler, ticks, next } = schedulerOf({ store });
    await scheduler.start();
    await next('schedule:tick');
    await store.pause(
      'each',
      { cursor: 0, rule: '', waiting: undefined },
      { by: 'ann', why: '', id: 'a', end: undefined },
    );
    const skips = async () => (await account(store)).filter(({ reason }) => reason === 'paused').length;
    await passUntil('a skipped time', skips, (count) => count > 0);
    const before = ticks.length;
    await passUntil('more of them', skips, (count) => count > 3);
    expect(ticks).toHaveLength(before);
    expect(await resume(store, 'each', { by: 'ann', why: '', id: 'b' })).toBe(true);
    await passUntil(
      'a tick',
      async () => ticks.length,
      (count) => count > before,
    );
    const nominals = (await account(store)).map(({ nominal }) => nominal).sort((a, b) => a - b);
    expect(tickProblems(nominals)).toEqual([]);
  });

  it('makes up for nothing that passed during a pause, also when no scheduler ran', async () => {
    const { store } = await leftBehind(30);
    await store.pause(
      'each',
      { cursor: 0, rule: '', waiting: undefined },
      { by: 'ann', why: '', id: 'a', end: undefined },
    );
    expect(await resume(store, 'each', { by: 'ann', why: '', id: 'b' })).toBe(true);
    const records = await account(store);
    expect(records.length).toBeGreaterThanOrEqual(29);
    expect(records.every(({ reason }) => reason === 'paused')).toBe(true);
  });

  it('tries a tick that could not be enqueued again, and reports why', async () => {
    let fails = 2;
    const store = storeOf(uniquePrefix());
    const made: Tick[] = [];
    const clock = seconds.clockOf({
      ...systemClock,
      after: (ms, fire) => systemClock.after(Math.min(ms, 1), fire),
    });
    const { scheduler, events } = schedulerOf({
      ...{ store, clock },
      async onTick(tick) {
        fails -= 1;
        if (fails >= 0) throw new Error('the queue is away');
        made.push(tick);
        return `run-${tick.nominal}`;
      },
    });
    const problems: string[] = [];
    events.on('problem', ({ error }) => problems.push(messageOf(error)));
    await scheduler.start();
    await passUntil(
      'a run',
      () => account(store),
      (all) => all.some(({ run }) => run !== undefined),
    );
    expect(problems).toContain('the queue is away');
    expect(made.length).toBeGreaterThan(0);
  });

  it('waits for what it enqueues when it stops, and not beyond the deadline', async () => {
    const slow = Promise.withResolvers<undefined>();
    const began = Promise.withResolvers<void>();
    const ended: string[] = [];
    const patient = schedulerOf({
      store: storeOf(uniquePrefix()),
      async onTick() {
        began.resolve();
        await slow.promise;
        ended.push('tick');
        return undefined;
      },
    });
    await patient.scheduler.start();
    seconds.pass();
    await began.promise;
    const stopped = patient.scheduler.stop(systemClock.now() + 20_000).then(() => ended.push('stop'));
    slow.resolve(undefined);
    await stopped;
    expect(ended.slice(-2)).toEqual(['tick', 'stop']);
    const stuck = schedulerOf({ store: storeOf(uniquePrefix()), onTick: () => new Promise(() => {}) });
    await stuck.scheduler.start();
    await stuck.scheduler.stop(systemClock.now() + 100);
  });

  it('prints nothing, whatever goes wrong', async () => {
    const printed = (['info', 'warn', 'error', 'debug', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    );
    onTestFinished(() => void vi.restoreAllMocks());
    const store = storeOf(uniquePrefix());
    const { scheduler, next } = schedulerOf({ store, onTick: () => Promise.reject(new Error('no room')) });
    await scheduler.start();
    await next('problem');
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it('starts and stops more than once, and fires nothing in between', async () => {
    const { scheduler, ticks } = schedulerOf({ store: storeOf(uniquePrefix()) });
    await scheduler.start();
    await scheduler.start();
    await passUntil(
      'a tick',
      async () => ticks.length,
      (count) => count > 0,
    );
    await scheduler.stop(systemClock.now() + 1_000);
    await scheduler.stop(systemClock.now() + 1_000);
    const before = ticks.length;
    await scheduler.start();
    await passUntil(
      'another tick',
      async () => ticks.length,
      (count) => count > before,
    );
  });
});

describe('the name of a tick', () => {
  it('is one for one schedule and one nominal time', () => {
    expect(tickId({ schedule: 'nightly', nominal: 1_771_551_000_123 })).toBe('nightly-20260220T013000123Z');
  });
});
