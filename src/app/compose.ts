/** The app of a process: what `boot` opens, and the services of its roles. */
import { randomUUID } from 'node:crypto';
import type { ControlApi, ControlApiDeps } from '../api/control-api.ts';
import { RedisInbox } from '../api/redis-inbox.ts';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { roleOf } from '../core/role.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Service } from '../flow/service.ts';
import type { ProcessHealth } from '../http/process-health.ts';
import { configuredLanes } from '../queue/lanes.ts';
import { eachSecondOf } from '../schedules/each-second.ts';
import { activeRuns, fire, type Schedule } from '../schedules/fire.ts';
import { Scheduler } from '../schedules/scheduler.ts';
import type { Tick } from '../schedules/tick.ts';
import type { Settings } from '../settings/settings.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { Drain } from '../workers/drain.ts';
import { executor } from '../workers/executor.ts';
import { StateKeeper } from '../workers/state-keeper.ts';
import { TierRepairer } from '../workers/tier-repairer.ts';
import { Watchdog } from '../workers/watchdog.ts';
import { WorkerPool } from '../workers/worker-pool.ts';
import type { App, Compose, Role } from './app.ts';
import { type Booted, boot } from './boot.ts';
import { assembleBoard } from './bull-board.ts';
import { assembleHealth } from './health.ts';
import { assembleMeasurer } from './measuring.ts';
import { assembleMemoryFill, withMemory } from './memory-fill.ts';
import type { Parts } from './parts.ts';
import { assembleTelemetry, type ProcessTelemetry } from './telemetry.ts';
import { workLeft } from './work-left.ts';

/** How often the watchdog looks for runs that no worker works on, and how often tiers are repaired, in ms. */
const WATCH_EVERY_MS = 5_000;
const REPAIR_EVERY_MS = 2_000;

/** Some verbs need no jobs Redis, and the others say themselves that it is away. */
const WITHOUT_ROLES = { patience: PATIENCE.command, needs: 'nothing' } as const;

export const compose: Compose = async ({ settings, roles, env, listens = false, lanes = [] }) => {
  const first = roles.length === 0 ? WITHOUT_ROLES : undefined;
  const role = roleOf(roles);
  const { services: senders, ...traced } = await assembleTelemetry({ settings, roles, env });
  const booted = await boot({ settings, env, answersReads: roles.includes('api'), role, first, ...traced });
  const { parts, verbs, events, self } = booted;
  const pool = roles.includes('worker') ? workerPool(parts, settings, lanes) : undefined;
  const ticker = roles.includes('scheduler') ? scheduler(parts, booted.schedules) : undefined;
  const fill = roles.includes('api') ? assembleMemoryFill(parts, settings) : undefined;
  const told = assembleHealth({
    ...{ parts, roles, listens, options: settings.http, metrics: booted.metrics.text },
    ...{ needs: withMemory(verbs, fill), moving: [pool, ticker] },
  });
  const { health, eventLoop, listener } = told;
  const api = roles.includes('api') ? await controlApi(booted, settings, told) : undefined;
  const own = { pool, ticker, api, fill, listener, eventLoop, senders, health };
  const lifecycle = booted.lifecycle(servicesOf(booted, { settings, roles, ...own }));
  return {
    ...{ settings, verbs, events, statistics: self.statistics, metricsText: booted.metrics.text },
    ...{ logLevel: booted.logLevel, drain: drainOf(parts, lanes), left: () => workLeft(parts) },
    unended: () => pool?.unended() ?? 0,
    get behind() {
      return booted.serverClock.behind;
    },
    get apiUrl() {
      return api?.url;
    },
    get httpUrl() {
      return listener?.url;
    },
    start: () => lifecycle.start().then(() => health.started()),
    stop(deadline) {
      health.drains();
      // The deadline is on the clock of the host.
      return lifecycle.stop(deadline + booted.serverClock.behind);
    },
  } satisfies App;
};

function drainOf(parts: Parts, wanted: readonly string[]): App['drain'] {
  const lanes = configuredLanes([...parts.budgets.keys(), ...wanted]);
  return async (options, signal, onLook) => {
    if (wanted.length > 0) await checkLanes(parts, wanted);
    return new Drain({ ...parts, lanes }, options).run(signal, onLook);
  };
}

/** A name that is misspelt would be a lane without jobs, and so drained. */
async function checkLanes({ queue, budgets }: Parts, wanted: readonly string[]): Promise<void> {
  const configured = configuredLanes(budgets.keys());
  const known = await queue.lanes();
  const strange = wanted.find((lane) => !known.includes(lane) && !configured.includes(lane));
  if (strange === undefined) return;
  const others = known.filter((lane) => !configured.includes(lane));
  const which = others.length === 0 ? 'there are none' : `there are ${others.toSorted().join(', ')}`;
  throw new ForewarmError(
    'E_NOT_FOUND',
    `there is no lane ${quote(strange)}; of lanes whose origin is not configured here, ${which}`,
  );
}

interface Running {
  readonly settings: Settings;
  readonly roles: readonly Role[];
  readonly pool: WorkerPool | undefined;
  readonly ticker: Scheduler | undefined;
  readonly api: ControlApi | undefined;
  readonly fill: Service | undefined;
  readonly health: ProcessHealth;
  readonly listener: Service | undefined;
  readonly eventLoop: Service;
  readonly senders: ProcessTelemetry['services'];
}

/** In the order they start. None without a role. */
function servicesOf(booted: Booted, running: Running): Service[] {
  const { settings, roles, pool, ticker, api, fill, listener, eventLoop, senders } = running;
  const state = () => ({ ...running.health.state(), lanes: pool?.active() ?? {} });
  const { parts, verbs } = booted;
  if (roles.length === 0) return [];
  return [
    // First, and so the last to stop: a probe always gets an answer.
    ...(listener === undefined ? [] : [listener]),
    ...senders({ events: booted.events, read: booted.metrics.read }, booted.edges.clock),
    ...[eventLoop, booted.serverClock, parts.bus, inbox(parts, settings, verbs)],
    ...(pool === undefined ? [] : workerServices(parts, pool)),
    ...(ticker === undefined ? [] : [ticker, stateKeeper(parts)]),
    ...(pool === undefined && ticker === undefined ? [] : [watchdog(parts, settings)]),
    ...(api === undefined ? [] : [api]),
    ...(fill === undefined ? [] : [fill]),
    ...[booted.sweeper(), booted.presence(roles, { logLevel: booted.logLevel, state }), booted.loopDelay()],
    ...assembleMeasurer(booted, roleOf(roles)),
  ];
}

function inbox({ clients, clock, events }: Parts, settings: Settings, verbs: Verbs): RedisInbox {
  return new RedisInbox({ connect: clients.connect, prefix: settings.redis.prefix, verbs, clock, events });
}

function workerPool(parts: Parts, settings: Settings, lanes: readonly string[]): WorkerPool {
  const { queue, kinds, handBack, clock, events } = parts;
  const handler = executor({ kinds, handBack, clock, events });
  const [, ...origins] = configuredLanes([...settings.origins.keys(), ...lanes]);
  const { concurrency } = settings.workers;
  return new WorkerPool({ queue, handler, origins, concurrency, clock, events });
}

function workerServices({ stack, clock, events }: Parts, pool: WorkerPool): Service[] {
  const repair = (signal: AbortSignal) => stack.repair(signal);
  return [pool, new TierRepairer({ repair, clock, events, every: REPAIR_EVERY_MS })];
}

function scheduler(parts: Parts, schedules: readonly Schedule[]): Scheduler {
  const { ticks: store, clock, events, calendars } = parts;
  const onTick = (tick: Tick) => fire({ ...parts, schedules }, tick);
  const busy = async (schedule: string) => (await activeRuns(parts, schedule))[0]?.id;
  const windows = (calendar: string | undefined) => calendars.windows(calendar);
  return new Scheduler({
    schedules,
    store,
    clock,
    events,
    eachSecond: eachSecondOf(clock),
    onTick,
    busy,
    windows,
  });
}

function stateKeeper(parts: Parts): StateKeeper {
  return new StateKeeper({ ...parts, newId: () => randomUUID().slice(0, 8), every: WATCH_EVERY_MS });
}

/** In workers, too: a run whose only scheduler died before queueing it must not wait for the next scheduler. */
function watchdog({ runs, queue, sources, clock, events }: Parts, { origins }: Settings): Watchdog {
  const lanes = [...origins.keys()];
  return new Watchdog({ runs, queue, sources, origins: lanes, clock, events, every: WATCH_EVERY_MS });
}

/** The web framework is loaded only where it serves: loading it takes longer than most commands run. */
async function controlApi(
  booted: Booted,
  settings: Settings,
  { health, metrics }: Pick<ControlApiDeps, 'health' | 'metrics'>,
): Promise<ControlApi> {
  const { parts, verbs } = booted;
  const { clients, clock, events } = parts;
  const board = assembleBoard(booted, settings);
  const [{ ControlApi }, { RedisIdempotency }] = await Promise.all([
    import('../api/control-api.ts'),
    import('../api/redis-idempotency.ts'),
  ]);
  const idempotency = new RedisIdempotency({ redis: clients.jobs, prefix: settings.redis.prefix, clock });
  const { api: options, console } = settings;
  const deps = { verbs, options, console, clock, events, idempotency, health, metrics, board };
  return new ControlApi(deps);
}
