/** What a scheduler makes of runs that go on, of windows and calendars, and of times that somebody asked to be left out. */
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type EventName, Events } from '../../src/core/events.ts';
import { jitterOf } from '../../src/policy/jitter.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import type { TickRules } from '../../src/policy/tick-rules.ts';
import { parseWindow } from '../../src/policy/window-text.ts';
import { Calendars } from '../../src/schedules/calendars.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { Scheduler, type SchedulerDeps } from '../../src/schedules/scheduler.ts';
import type { TickRecord } from '../../src/schedules/tick-store.ts';
import { EventLog } from '../support/event-log.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET, SecondsByHand } from '../support/schedules.ts';
import { temporaryFolder } from '../support/settings.ts';
import { until } from '../support/waiting.ts';

const RULE = { every: 1_000 };

/** A scheduler of a schedule that fires each second, and its account. */
async function each(rules: Partial<TickRules>, deps: Partial<SchedulerDeps> = {}) {
  const prefix = uniquePrefix();
  const seconds = new SecondsByHand();
  const storeOf = (holder: string) =>
    seconds.storeOf(
      new RedisTickStore({ redis: connectRedis(), prefix, holder, leaseMs: 10_000, kept: 1_000 }),
    );
  const store = storeOf('a');
  const make = () => {
    const events = new Events();
    const log = new EventLog(events, ['schedule:tick', 'schedule:skipped', 'problem']);
    const scheduler = new Scheduler({
      ...{ store: storeOf('b'), clock: seconds.clockOf(systemClock), events, ...QUIET },
      eachSecond: seconds.eachSecond,
      schedules: [{ name: 'each', rule: RULE, rules: { ...PLAIN_RULES, ...rules } }],
      onTick: async ({ nominal }) => `run-${nominal}`,
      ...deps,
    });
    onTestFinished(() => scheduler.stop(systemClock.now() + 1_000));
    return { scheduler, log };
  };
  const first = make();
  await first.scheduler.start();
  const ended = async (fits: (record: TickRecord) => boolean) => {
    const later = () => {
      seconds.pass();
      return store.history('each', 99);
    };
    const records = await until('a record', later, (all) => all.some(fits));
    return records.find(fits);
  };
  /** The next event, as seconds pass until it comes. */
  const next = async <N extends EventName>(log: EventLog, name: N) => {
    const seen = log.next(name);
    let isHere = false;
    void seen.then(() => {
      isHere = true;
    });
    const later = async () => {
      if (!isHere) seconds.pass();
      return isHere;
    };
    await until(name, later, (here) => here);
    return seen;
  };
  return { next, store, make, ended, ...first };
}

describe('a tick while the run of an earlier one goes on', () => {
  it('is skipped with the name of that run, and the next one fires when it has ended', async () => {
    let busy: string | undefined = 'run-1';
    const { ended } = await each({ overlap: 'skip' }, { busy: async () => busy });
    expect(await ended(({ reason }) => reason === 'overlap')).toMatchObject({ note: 'run-1 had not ended' });
    busy = undefined;
    await ended(({ end }) => end === 'ran');
  });

  it('waits where one may, also when its scheduler ends meanwhile; the newest takes its place', async () => {
    let busy: string | undefined = 'run-1';
    const { store, make, ended, scheduler } = await each({ overlap: 'queue' }, { busy: async () => busy });
    await ended(({ reason }) => reason === 'overlap');
    await scheduler.stop(systemClock.now() + 1_000);
    const waiting = (await store.states(['each'])).states[0]?.waiting;
    expect(waiting).toEqual(expect.any(Number));
    busy = undefined;
    await make().scheduler.start();
    await ended(({ end }) => end === 'ran');
    const nominals = (await store.history('each', 99)).map(({ nominal }) => nominal);
    expect(nominals).toContain(waiting);
    expect(new Set(nominals).size).toBe(nominals.length);
  });
});

describe('a window', () => {
  it('has its times skipped as excepted', async () => {
    const { ended, log } = await each({ except: [parseWindow('mon-sun')] });
    expect(await ended(({ reason }) => reason === 'excepted')).toMatchObject({ end: 'skipped' });
    expect(log.seen.filter(({ name }) => name === 'schedule:tick')).toEqual([]);
  });

  it('of a calendar holds as soon as its file has changed; one that cannot be read fires nothing', async () => {
    const calendar = join(await temporaryFolder(), 'freeze.txt');
    await writeFile(calendar, 'sometimes\n');
    const calendars = new Calendars();
    const windows = (path: string | undefined) => calendars.windows(path);
    const { ended, log, next, store } = await each({ calendar }, { windows });
    const { error } = await next(log, 'problem');
    expect(error).toMatchObject({
      code: 'E_CALENDAR_INVALID',
      message: expect.stringContaining('line 1: "sometimes"'),
    });
    expect(await store.history('each', 9)).toEqual([]);
    await writeFile(calendar, '2020-01-01\n');
    await utimes(calendar, 1, 1);
    await ended(({ end }) => end === 'ran');
    // As large, and as old as images are made to look.
    await writeFile(calendar, 'mon-sun   \n');
    await utimes(calendar, 1, 1);
    await ended(({ reason }) => reason === 'excepted');
  });
});

describe('a time that somebody asked to be left out', () => {
  it('is skipped by a scheduler that did not know, with who and why', async () => {
    const { store, ended, log, next } = await each({});
    await next(log, 'schedule:tick');
    // More seconds may have passed than ticks were seen.
    const { now } = await store.states(['each']);
    const nominal = Math.ceil(now / 1_000) * 1_000 + 3_000;
    await store.ask('each', { nominal, by: 'ann', why: 'moving', id: 'a' }, false);
    expect(await ended(({ reason }) => reason === 'asked')).toMatchObject({ nominal, note: 'ann: moving' });
    await ended((record) => record.nominal > nominal && record.end === 'ran');
    expect((await store.states(['each'])).states[0]?.asked).toEqual([]);
  });
});

describe('jitter', () => {
  it('lets a tick begin later, and is no lateness: the record says when it was to begin', async () => {
    const rule = { every: 2_000 };
    const schedules = [{ name: 'each', rule, rules: { ...PLAIN_RULES, jitter: 1_500 } }];
    const { log, next, ended } = await each({}, { schedules });
    const { nominal, late } = await next(log, 'schedule:tick');
    expect(nominal % 2_000).toBe(0);
    expect(late).toBe(false);
    const { begins } = (await ended((record) => record.nominal === nominal)) ?? expect.fail('no record');
    expect(begins).toBe(nominal + jitterOf('each', nominal, 1_500, nominalTimes(rule)));
  });
});
