import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { messageOf } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { nextTimes } from '../../src/schedules/cron.ts';
import { RedisCoordinator } from '../../src/schedules/redis-coordinator.ts';
import { Scheduler, type SchedulerDeps, type TickCoordinator } from '../../src/schedules/scheduler.ts';
import { type Tick, tickId } from '../../src/schedules/tick.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const EVERY_SECOND = { name: 'each', cron: '* * * * * *', timezone: undefined };
const always: TickCoordinator = {
  shouldRun: async () => true,
  onComplete: async () => {},
  release: async () => {},
};

/** A scheduler that is stopped when the test ends, and the ticks it enqueued. */
function start(deps: Partial<SchedulerDeps> = {}) {
  const events = new Events();
  const log = new EventLog(events, ['schedule:tick', 'problem']);
  const ticks: Tick[] = [];
  const scheduler = new Scheduler({
    ...{ schedules: [EVERY_SECOND], coordinator: always, clock: systemClock, events },
    onTick: async (tick) => ticks.push(tick),
    ...deps,
  });
  onTestFinished(() => scheduler.stop(systemClock.now() + 1_000));
  const problems: string[] = [];
  events.on('problem', ({ error }) => problems.push(messageOf(error)));
  const missed = () => problems.flatMap(missedTicks);
  return { scheduler, ticks, missed, events, log };
}

/** The ticks that a problem says were missed. */
function missedTicks(problem: string) {
  const [, schedule, time, reason] = /^schedule "(.*)" missed its tick of (\S+): (.*)$/.exec(problem) ?? [];
  return time === undefined ? [] : [{ schedule, nominal: Date.parse(time), reason }];
}

/** Schedulers as in different processes, each with its own connection, run until `seconds` ticks are told. */
async function together(coordinatorOf: (events: Events) => TickCoordinator, seconds: number) {
  const all = Array.from({ length: 3 }, () => {
    const events = new Events();
    return { ...start({ events, coordinator: coordinatorOf(events) }), events };
  });
  const [first] = all;
  const told = new Set<number>();
  const enough = Promise.withResolvers<void>();
  first?.events.on('schedule:tick', ({ nominal }) => {
    told.add(nominal);
    if (told.size === seconds) enough.resolve();
  });
  await Promise.all(all.map(({ scheduler }) => scheduler.start()));
  await enough.promise;
  await Promise.all(all.map(({ scheduler }) => scheduler.stop(systemClock.now() + 1_000)));
  return all.flatMap(({ ticks }) => ticks.map(({ nominal }) => nominal)).sort((a, b) => a - b);
}

/** What is wrong with the ticks of a schedule that fires each second. */
function tickProblems(nominals: readonly number[]): string[] {
  return nominals.slice(1).flatMap((nominal, i) => {
    const step = nominal - (nominals[i] ?? 0);
    if (step === 0) return [`${nominal} twice`];
    return step === 1_000 ? [] : [`${step} ms between two ticks`];
  });
}

describe('several schedulers', () => {
  it('enqueue each tick of a schedule once, and none is left out', async () => {
    const prefix = uniquePrefix();
    const nominals = await together(
      (events) => new RedisCoordinator({ redis: connectRedis(), prefix, clock: systemClock, events }),
      5,
    );
    expect(tickProblems(nominals)).toEqual([]);
    expect(nominals.length).toBeGreaterThanOrEqual(5);
    expect(nominals.every((nominal) => nominal % 1_000 === 0)).toBe(true);
  });

  it('would enqueue ticks twice with a coordinator that always agrees, and this test would see it', async () => {
    const problems = tickProblems(await together(() => always, 2));
    expect(problems.length).toBeGreaterThanOrEqual(2);
    expect(problems.every((problem) => problem.endsWith('twice'))).toBe(true);
  });
});

describe('a scheduler', () => {
  it('tells of each tick whether this process enqueued it, with its nominal time', async () => {
    const won = start();
    await won.scheduler.start();
    const tick = await won.log.next('schedule:tick');
    expect(tick).toEqual({ schedule: 'each', nominal: tick.nominal, late: false, won: true });
    expect(won.ticks[0]).toEqual({ schedule: 'each', nominal: tick.nominal });
    const lost = start({ coordinator: { ...always, shouldRun: async () => false } });
    await lost.scheduler.start();
    expect(await lost.log.next('schedule:tick')).toMatchObject({ won: false });
    expect(lost.ticks).toEqual([]);
  });

  it('fires the last tick late after its event loop was blocked, and tells of those before it', async () => {
    const { scheduler, ticks, missed, log } = start();
    await scheduler.start();
    await log.next('schedule:tick');
    const end = Date.now() + 3_200;
    while (Date.now() < end);
    const { nominal } = await log.next('schedule:tick');
    expect(missed().length).toBeGreaterThanOrEqual(2);
    expect(tickProblems([...missed().map((one) => one.nominal), nominal])).toEqual([]);
    expect(missed()[0]?.reason).toContain('busy');
    expect(ticks.at(-1)?.nominal).toBe(nominal);
    expect(log.seen.filter(({ name }) => name === 'problem')).toHaveLength(missed().length);
  });

  it('says of a tick that begins after its time that it is late', async () => {
    const slow = { ...systemClock, now: () => systemClock.now() + 1_500 };
    const { scheduler, log } = start({ clock: slow });
    await scheduler.start();
    expect(await log.next('schedule:tick')).toMatchObject({ late: true, won: true });
  });

  it('tries a tick again that could not be enqueued, and lets others try meanwhile', async () => {
    const steps: string[] = [];
    const { scheduler, log } = start({
      coordinator: {
        shouldRun: async (key) => steps.push(`claim ${key}`) > 0,
        onComplete: async (key) => void steps.push(`complete ${key}`),
        release: async (key) => void steps.push(`release ${key}`),
      },
      onTick: async () => {
        if (steps.length === 1) throw new Error('no room');
      },
    });
    await scheduler.start();
    const problem = await log.next('problem');
    expect(problem.error).toMatchObject({ message: 'no room' });
    const { nominal } = await log.next('schedule:tick', (tick) => tick.late);
    const key = `each:${new Date(nominal).toISOString()}`;
    const own = steps.filter((step) => step.endsWith(key)).map((step) => step.split(' ')[0]);
    expect(own.slice(0, 3)).toEqual(['claim', 'release', 'claim']);
    await scheduler.stop(systemClock.now() + 1_000);
    expect(steps).toContain(`complete ${key}`);
  });

  it('leaves a tick to the one that took it over', async () => {
    let claims = 0;
    const { scheduler, log, missed } = start({
      coordinator: { ...always, shouldRun: async () => ++claims === 1 },
      onTick: () => Promise.reject(new Error('no room')),
    });
    await scheduler.start();
    await log.next('problem');
    await log.next('schedule:tick', ({ won }) => !won);
    expect(missed()).toEqual([]);
  });

  it('tells of a tick that cannot be claimed', async () => {
    const { scheduler, missed, log } = start({
      coordinator: { ...always, shouldRun: () => Promise.reject(new Error('no Redis')) },
    });
    await scheduler.start();
    await log.next('problem', ({ error }) => String(error).includes('no scheduler could be elected'));
    expect(missed()).toEqual([
      { schedule: 'each', nominal: expect.any(Number), reason: expect.stringContaining('elected') },
    ]);
  });

  it('prints nothing, whatever goes wrong', async () => {
    const printed = (['info', 'warn', 'error', 'debug', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    );
    onTestFinished(() => void vi.restoreAllMocks());
    const { scheduler, log } = start({
      coordinator: { ...always, shouldRun: () => Promise.reject(new Error('no Redis')) },
    });
    await scheduler.start();
    await log.next('problem');
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it('fires nothing after it stopped, waits for what it enqueues, and starts again', async () => {
    const slow = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const ended: string[] = [];
    const { scheduler, log } = start({
      onTick: async () => {
        began.resolve();
        await slow.promise;
        ended.push('tick');
      },
    });
    await Promise.all([scheduler.start(), scheduler.start()]);
    await began.promise;
    const stopped = scheduler.stop(systemClock.now() + 5_000).then(() => ended.push('stop'));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(ended).toEqual([]);
    slow.resolve();
    await stopped;
    expect(ended).toEqual(['tick', 'stop']);
    await scheduler.stop(systemClock.now());
    await scheduler.start();
    await log.next('schedule:tick');
  });

  it('does not wait beyond the deadline, nor tell of ticks that it no longer claims', async () => {
    const { scheduler, missed, log } = start({
      coordinator: {
        ...always,
        shouldRun: (_key, _lease, signal) =>
          new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      },
    });
    const stuck = start({ onTick: () => new Promise(() => {}) });
    await Promise.all([scheduler.start(), stuck.scheduler.start()]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const began = systemClock.elapsed();
    await Promise.all([scheduler, stuck.scheduler].map((one) => one.stop(systemClock.now() + 200)));
    expect(systemClock.elapsed() - began).toBeLessThan(600);
    expect([missed(), log.seen]).toEqual([[], []]);
  });
});

describe('schedules as data', () => {
  it('are previewed by the parser that fires them, in their time zone', () => {
    const [first = 0, second = 0] = nextTimes('0 2 * * *', 'America/Denver', 2);
    const local = new Intl.DateTimeFormat('en', { timeZone: 'America/Denver', timeStyle: 'short' });
    expect(local.format(first)).toBe('2:00 AM');
    expect(first).toBeGreaterThan(Date.now());
    expect(second - first).toBeGreaterThanOrEqual(23 * 3_600_000);
    expect(nextTimes('* * * * *', 'UTC', 3)).toHaveLength(3);
  });

  it('are refused with the schedule, the expression and the zone in the message', () => {
    expect(() => nextTimes('61 * * * *', undefined, 1)).toThrow('"61 * * * *"');
    expect(() => nextTimes('* * * * *', 'Mars/Olympus', 1)).toThrow('Mars/Olympus');
  });

  it('name each tick once, in letters that a job id may have', () => {
    const nominal = Date.UTC(2026, 10, 20, 2, 0, 0);
    expect(tickId({ schedule: 'nightly', nominal })).toBe('nightly-20261120T020000000Z');
    expect(tickId({ schedule: 'nightly', nominal: nominal + 1 })).not.toBe(
      tickId({ schedule: 'nightly', nominal }),
    );
    expect(tickId({ schedule: '7', nominal })).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]*[A-Z]$/);
  });
});
