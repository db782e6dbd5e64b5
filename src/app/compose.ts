/** Wiring, and nothing else: the one place where concrete classes meet. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ControlApi } from '../api/control-api.ts';
import { RedisInbox } from '../api/redis-inbox.ts';
import { systemClock } from '../core/clock.ts';
import { Events } from '../core/events.ts';
import { ReadCounts } from '../core/read-counts.ts';
import { Lifecycle } from '../flow/lifecycle.ts';
import type { Service } from '../flow/service.ts';
import { openRedis } from '../redis/clients.ts';
import { schedulesOf } from '../schedules/configured.ts';
import { fire, type Schedule } from '../schedules/fire.ts';
import { RedisCoordinator } from '../schedules/redis-coordinator.ts';
import { Scheduler } from '../schedules/scheduler.ts';
import type { Tick } from '../schedules/tick.ts';
import type { Settings } from '../settings/settings.ts';
import { Counters } from '../telemetry/counters.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { executor } from '../workers/executor.ts';
import { Presence, type PresenceDeps } from '../workers/presence.ts';
import { TierRepairer } from '../workers/tier-repairer.ts';
import { Watchdog } from '../workers/watchdog.ts';
import { WorkerPool } from '../workers/worker-pool.ts';
import type { App, Compose } from './app.ts';
import { assembleParts, type Parts } from './parts.ts';
import { assembleVerbs } from './verbs.ts';

/** How often runs that nobody works on are looked for, and how often tiers are repaired, in ms. */
const WATCH_EVERY_MS = 5_000;
const MEND_EVERY_MS = 2_000;

export const compose: Compose = async ({ settings, roles, env }) => {
  const events = new Events();
  const clock = systemClock;
  const id = randomUUID();
  const reads = new ReadCounts();
  const counters = new Counters(reads);
  counters.start(events);
  const statistics = () => counters.snapshot();
  const clients = await openRedis({ settings, env, events, clock });
  const keepsMemory = roles.includes('api');
  const parts = assembleParts({ settings, clients, events, clock, reads, id, keepsMemory });
  const schedules = schedulesOf(settings);
  const pool = workerPool(parts, settings);
  const verbs = assembleVerbs({ parts, settings, schedules, self: { id, statistics } });
  const api = roles.includes('api') ? await controlApi(parts, settings, verbs, pool) : undefined;
  const services: Service[] = [
    ...(roles.length > 0 ? [parts.bus, inbox(parts, settings, verbs)] : []),
    ...(roles.includes('worker') ? workerServices(parts, pool) : []),
    ...(roles.includes('scheduler') ? [scheduler(parts, settings, schedules)] : []),
    ...(roles.includes('worker') || roles.includes('scheduler') ? [watchdog(parts, settings)] : []),
    ...(api === undefined ? [] : [api]),
    ...(roles.length > 0 ? [presence(parts, { id, roles, statistics })] : []),
  ];
  const lifecycle = new Lifecycle({ services, clock, events, release: (deadline) => parts.close(deadline) });
  return {
    settings,
    verbs,
    events,
    statistics,
    get apiUrl() {
      return api?.url;
    },
    start: () => lifecycle.start(),
    stop: (deadline) => lifecycle.stop(deadline),
  } satisfies App;
};

function inbox({ clients, clock, events }: Parts, settings: Settings, verbs: Verbs): RedisInbox {
  return new RedisInbox({ connect: clients.connect, prefix: settings.redis.prefix, verbs, clock, events });
}

function workerPool(parts: Parts, settings: Settings): WorkerPool {
  const { queue, kinds, clock, events } = parts;
  const handler = executor({ kinds, events });
  const origins = [...settings.origins.keys()];
  const { concurrency } = settings.workers;
  return new WorkerPool({ queue, handler, origins, concurrency, clock, events });
}

function workerServices({ stack, clock, events }: Parts, pool: WorkerPool): Service[] {
  const repair = (signal: AbortSignal) => stack.repair(signal);
  return [pool, new TierRepairer({ repair, clock, events, every: MEND_EVERY_MS })];
}

function scheduler(parts: Parts, settings: Settings, schedules: readonly Schedule[]): Scheduler {
  const { clients, clock, events } = parts;
  const coordinator = new RedisCoordinator({
    redis: clients.jobs,
    prefix: settings.redis.prefix,
    clock,
    events,
  });
  const onTick = (tick: Tick) => fire({ ...parts, schedules }, tick);
  return new Scheduler({ schedules, coordinator, clock, events, onTick });
}

/** In workers too: a run whose only scheduler died before it queued the run must not wait for the next one. */
function watchdog({ runs, queue, sources, clock, events }: Parts, { origins }: Settings): Watchdog {
  const lanes = [...origins.keys()];
  return new Watchdog({ runs, queue, sources, origins: lanes, clock, events, every: WATCH_EVERY_MS });
}

/** The web framework is loaded only where it serves: most commands live shorter than that takes. */
async function controlApi(
  { clients, clock, events }: Parts,
  settings: Settings,
  verbs: Verbs,
  pool: WorkerPool,
): Promise<ControlApi> {
  const [{ ControlApi }, { RedisIdempotency }] = await Promise.all([
    import('../api/control-api.ts'),
    import('../api/redis-idempotency.ts'),
  ]);
  const idempotency = new RedisIdempotency({ redis: clients.jobs, prefix: settings.redis.prefix, clock });
  return new ControlApi({
    verbs,
    options: settings.api,
    clock,
    events,
    idempotency,
    alive: () => pool.wedged(),
  });
}

function presence(
  { registry, clock, events, memoryUsage: memory }: Parts,
  self: Pick<PresenceDeps, 'id' | 'roles' | 'statistics'>,
): Presence {
  return new Presence({ ...self, registry, clock, events, host: hostname(), pid: process.pid, memory });
}
