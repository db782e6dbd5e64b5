/** Every service of the product keeps the contract of services. */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { consoleOptions } from '../../src/api/console-options.ts';
import { ControlApi } from '../../src/api/control-api.ts';
import { apiOptions } from '../../src/api/options.ts';
import { RedisIdempotency } from '../../src/api/redis-idempotency.ts';
import { RedisInbox } from '../../src/api/redis-inbox.ts';
import { MemoryFill } from '../../src/client/memory-fill.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import { EventLoopWatch } from '../../src/http/event-loop.ts';
import { HttpListener } from '../../src/http/http-listener.ts';
import { ServerClock } from '../../src/redis/server-clock.ts';
import { eachSecondOf } from '../../src/schedules/each-second.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { Scheduler } from '../../src/schedules/scheduler.ts';
import { BusHealth } from '../../src/tiers/invalidation/bus-health.ts';
import { RedisBus } from '../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { HistoryKeeper } from '../../src/workers/history/history-keeper.ts';
import type { MeasuredRows } from '../../src/workers/history/looks.ts';
import { ServiceMeasurer } from '../../src/workers/measuring/measurer.ts';
import { Presence } from '../../src/workers/presence.ts';
import { StateKeeper } from '../../src/workers/state-keeper.ts';
import { TierRepairer } from '../../src/workers/tier-repairer.ts';
import { TierSweeper } from '../../src/workers/tier-sweeper.ts';
import { Watchdog } from '../../src/workers/watchdog.ts';
import { WorkerPool } from '../../src/workers/worker-pool.ts';
import { invalidationOf } from '../contract/bus.ts';
import { liar } from '../contract/liar.ts';
import { SERVICE_CLAUSES, type ServiceSubject } from '../contract/service.ts';
import { describeContract } from '../contract/suite.ts';
import { LANE, setup as setupQueue } from '../queue/setup.ts';
import { readTree } from '../support/architecture.ts';
import { buildLiveJobs } from '../support/build-jobs.ts';
import { ChaosTier } from '../support/chaos-tier.ts';
import { fencesOf } from '../support/fences.ts';
import { Held } from '../support/held.ts';
import { toldBy } from '../support/process-health.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { PLAIN_RULES, QUIET } from '../support/schedules.ts';
import { sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';

/** Work that begins and never ends. */
function endless() {
  const begun = Promise.withResolvers<void>();
  const work = () => {
    begun.resolve();
    return new Promise<never>(() => undefined);
  };
  return { begun: begun.promise, work };
}

const EVERY_MS = 5;
const SERVICE_CLASS = /class (\w+) implements [^{]*\b(?:Service|Consumer)\b/g;

function repairer(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const service = new TierRepairer({
    repair: work,
    clock: held.clock,
    events: new Events(),
    every: EVERY_MS,
  });
  return { service, held: held.count, busy: () => begun };
}

function sweeper(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const tier = new MemoryTier({ maxSize: 1e6, clock: held.clock });
  const tiers = [Object.assign(tier, { sweep: work })];
  const service = new TierSweeper({ tiers, clock: held.clock, events: new Events(), every: EVERY_MS });
  return { service, held: held.count, busy: () => begun };
}

function watchdog(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const jobs = buildLiveJobs();
  const runs = liar(jobs.runs, { active: work });
  const service = new Watchdog({ ...jobs, runs, origins: [], clock: held.clock, every: EVERY_MS });
  return { service, held: held.count, busy: () => begun };
}

function stateKeeper(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const jobs = buildLiveJobs();
  const stateMark = { read: work, set: work };
  const service = new StateKeeper({
    ...jobs,
    stateMark,
    clock: held.clock,
    newId: () => 'a',
    every: EVERY_MS,
  });
  return { service, held: held.count, busy: () => begun, isBusyAtOnce: true };
}

function serverClock(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const service = new ServerClock({ clock: held.clock, time: work, events: new Events(), every: EVERY_MS });
  return { service, held: held.count, busy: () => begun };
}

function presence(): ServiceSubject {
  const held = new Held();
  const { work } = endless();
  const { registry, events } = buildLiveJobs();
  const self = { id: uniquePrefix(), roles: ['worker'], host: 'here', pid: 1 };
  const state = { memory: async () => undefined, statistics: () => NO_STATISTICS };
  let leave = registry.leave.bind(registry);
  const service = new Presence({
    ...{ ...self, ...state, events, clock: held.clock },
    registry: liar(registry, { leave: (id) => leave(id) }),
  });
  const busy = async () => {
    leave = work;
  };
  return { service, held: held.count, busy };
}

function historyKeeper(): ServiceSubject {
  const held = new Held();
  // Its first look, too, comes after seconds.
  const clock: Clock = {
    ...held.clock,
    now: () => held.clock.now(),
    elapsed: () => held.clock.elapsed(),
    after: (ms, fire) => held.clock.after(Math.min(ms, EVERY_MS), fire),
  };
  const { begun, work } = endless();
  const service = new HistoryKeeper({
    ...{ history: { record: work, rollUp: work }, registry: { processes: work }, ledger: { state: work } },
    ...{ origins: [], clock, events: new Events() },
    // Only when it was measured is asked for before the work that never ends.
    measured: (() => [{ role: 'worker', at: clock.now() }]) as unknown as MeasuredRows,
  });
  return { service, held: held.count, busy: () => begun };
}

function measurer(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const { registry, measuredMark: mark, events } = buildLiveJobs();
  const self = { id: uniquePrefix(), role: 'worker', sections: [work] };
  const service = new ServiceMeasurer({ ...self, registry, mark, events, clock: held.clock });
  return { service, held: held.count, busy: () => begun };
}

/** A queue whose connections are counted, beyond those that it has for itself. */
function queueOf(held: Held, handler: () => Promise<never>, begun: Promise<void>) {
  const { queue, events } = setupQueue({ connect: held.connector(connectRedis()), clock: held.clock });
  const busy = async () => {
    await queue.add([{ id: 'a', lane: LANE, kind: 'refresh', payload: {}, priority: 1, delayMs: 0 }]);
    await begun;
  };
  const own = queue.consume('another', 1, handler);
  expect(own.active()).toBe(0);
  const before = held.count();
  return { queue, events, busy, held: () => held.count() - before };
}

function consumer(): ServiceSubject {
  const { begun, work } = endless();
  const { queue, busy, held } = queueOf(new Held(), work, begun);
  return { service: queue.consume(LANE, 1, work), held, busy };
}

function pool(): ServiceSubject {
  const counts = new Held();
  const { begun, work } = endless();
  const { queue, events, busy, held } = queueOf(counts, work, begun);
  const lanes = { origins: [LANE], concurrency: 1 };
  const service = new WorkerPool({ queue, handler: work, ...lanes, clock: counts.clock, events });
  return { service, held, busy };
}

function scheduler(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const events = new Events();
  const { clock } = held;
  const store = new RedisTickStore({
    redis: connectRedis(),
    prefix: uniquePrefix(),
    holder: 'a',
    leaseMs: 10_000,
    kept: 9,
  });
  const schedules = [{ name: 'each', rule: { cron: '* * * * * *' }, rules: PLAIN_RULES }];
  const service = new Scheduler({
    schedules,
    store,
    clock,
    events,
    ...QUIET,
    onTick: work,
    eachSecond: eachSecondOf(clock),
  });
  return { service, held: held.count, busy: () => begun };
}

function inbox(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const service = new RedisInbox({
    ...{ connect: held.connector(redis), prefix, clock: held.clock, events: new Events() },
    verbs: { invalidate: work, clear: work },
  });
  const busy = async () => {
    await redis.xadd(`${prefix}:invalidate`, '*', 'tag', 'a');
    await begun;
  };
  return { service, held: held.count, busy };
}

function bus(): ServiceSubject {
  const held = new Held();
  const { clock } = held;
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const disk = new ChaosTier({ tier: new MemoryTier({ maxSize: 1e6, clock }), clock });
  Object.assign(disk, { traits: { ...disk.traits, reach: 'host' } });
  const fences = fencesOf({ prefix, redis, clock });
  const parts = { redis, prefix, fences, events: new Events() };
  const busOf = (sender: string, connect: () => Redis, tiers: readonly ChaosTier[], clock: Clock) =>
    new RedisBus({
      ...parts,
      sender,
      connect,
      tiers,
      clock,
      busHealth: new BusHealth({ clock, bound: 60_000 }),
    });
  const service = busOf('here', held.connector(redis), [disk], clock);
  const other = busOf('there', () => redis.duplicate(), [], systemClock);
  const busy = async () => {
    Object.assign(disk.chaos, { hangs: true, deaf: true });
    await other.announce(invalidationOf(['a'], 'drop'));
    await until(
      'a call of the disk',
      async () => disk.calls,
      (calls) => calls > 0,
    );
  };
  return { service, held: held.count, busy };
}

function api(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const { clock } = held;
  const verbs = new Proxy({} as Verbs, { get: () => work });
  const idempotency = new RedisIdempotency({ redis: connectRedis(), prefix: uniquePrefix(), clock });
  const options = apiOptions.parse({ port: 0 });
  const events = new Events();
  const service = new ControlApi({
    ...{ verbs, options, idempotency, clock, events, console: consoleOptions.parse({}) },
    board: undefined,
    ...toldBy(verbs, clock),
  });
  const busy = async () => {
    fetch(`${service.url}/v1/runs`).catch(() => undefined);
    await begun;
  };
  return { service, held: () => held.count() + (service.url === undefined ? 0 : 1), busy };
}

function listener(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const { clock } = held;
  // A look at the servers has a timer of its own, which ends by itself.
  const health = toldBy({ ready: work }, systemClock);
  const place = { host: '127.0.0.1', port: 0 };
  const service = new HttpListener({ ...health, place, clock, events: new Events() });
  const busy = async () => {
    fetch(`${service.url}/readyz`).catch(() => undefined);
    await begun;
  };
  return { service, held: () => held.count() + (service.url === undefined ? 0 : 1), busy };
}

function eventLoop(): ServiceSubject {
  const held = new Held();
  const service = new EventLoopWatch(held);
  return { service, held: held.count, busy: async () => {} };
}

function memoryFill(): ServiceSubject {
  const held = new Held();
  const { begun, work } = endless();
  const { clock } = held;
  const popularity = { top: async () => [{ key: 'profile:1', reads: 1 }] };
  const options = { keys: 10, share: 1, within: 60_000 };
  const sources = new Map([['profile', sourceWith()]]);
  const deps = { popularity, options, maxSize: 1e6, clock, events: new Events(), sources };
  const memory = new MemoryTier({ clock, maxSize: 1e6 });
  const service = new MemoryFill({ ...deps, memory, stack: { readAgain: work } });
  return { service, held: held.count, busy: () => begun, isBusyAtOnce: true };
}

const SERVICES: Readonly<Record<string, () => ServiceSubject>> = {
  BullConsumer: consumer,
  ControlApi: api,
  EventLoopWatch: eventLoop,
  HistoryKeeper: historyKeeper,
  HttpListener: listener,
  MemoryFill: memoryFill,
  Presence: presence,
  RedisBus: bus,
  RedisInbox: inbox,
  Scheduler: scheduler,
  ServerClock: serverClock,
  ServiceMeasurer: measurer,
  StateKeeper: stateKeeper,
  TierRepairer: repairer,
  TierSweeper: sweeper,
  Watchdog: watchdog,
  WorkerPool: pool,
};

for (const [name, create] of Object.entries(SERVICES)) {
  describeContract(`the contract of services, on ${name}`, SERVICE_CLAUSES, () => {
    const subject = create();
    onTestFinished(() => subject.service.stop(Date.now() + 500));
    return subject;
  });
}

test('every class that is a service is among them', () => {
  const classes = readTree('src').flatMap(({ path }) =>
    [...readFileSync(path, 'utf8').matchAll(SERVICE_CLASS)].map(([, name]) => name),
  );
  expect(classes.sort()).toEqual(Object.keys(SERVICES));
});
