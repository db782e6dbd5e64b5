/**
 * How every process of the product begins, whatever it is: a role, a command, an application's reader, the benchmark.
 *
 * `boot` opens the connections and the origins, makes the events and the counters, assembles the parts (`parts.ts`: stores,
 * stack, job kinds) and the verbs over them. It starts nothing. `compose` adds the services of roles, `connect` adds a reader;
 * each then makes a lifecycle of its services, whose stop releases what `boot` opened.
 *
 * What must stay true: concrete classes meet in this folder and nowhere else; this folder only wires, so a decision found here
 * belongs on a lower floor; and each process boots once, with one id under which the ledger, the bus and the registry know it.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { Events } from '../core/events.ts';
import type { KnownNames } from '../core/known-names.ts';
import { type LevelChange, LogLevel } from '../core/log-level.ts';
import type { Tracer } from '../core/tracing.ts';
import { VERSION } from '../core/version.ts';
import type { Actor } from '../flow/actor.ts';
import { within } from '../flow/deadline.ts';
import { Lifecycle } from '../flow/lifecycle.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Service } from '../flow/service.ts';
import type { AnyJobKind } from '../jobs/job.ts';
import { type OriginListener, openOrigins } from '../origins/kinds.ts';
import { type FirstConnection, openRedis, type RedisClients } from '../redis/clients.ts';
import { ServerClock } from '../redis/server-clock.ts';
import { schedulesOf } from '../schedules/configured.ts';
import type { Settings } from '../settings/settings.ts';
import { LoopDelay } from '../telemetry/loop-delay.ts';
import { Presence, type PresenceDeps } from '../workers/presence.ts';
import { TierSweeper } from '../workers/tier-sweeper.ts';
import { type Edges, machine } from './deps.ts';
import { digestOf } from './doctor-facts.ts';
import { assembleMetrics } from './metrics.ts';
import { assembleParts, type Parts } from './parts.ts';
import { assembleVerbs } from './verbs.ts';
import { whoAsks } from './who.ts';

export type Booted = Awaited<ReturnType<typeof boot>>;

/** How often the jobs Redis is asked for its time, in ms. */
const CLOCK_EVERY_MS = 10_000;
/** How often what is gone is removed from memory and from the disk of this host, in ms. */
const SWEEP_EVERY_MS = 300_000;

export interface BootOptions {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  /** Whether this process answers reads; see `PartsDeps`. */
  readonly answersReads: boolean;
  /** What this process is, as metrics name it: its roles, `reader` or `command`. */
  readonly role: string;
  /** How the Redis for jobs is waited for; as for a worker, unless told. */
  readonly first?: FirstConnection | undefined;
  /** Names this process; made up, unless it is known before. */
  readonly id?: string;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** In place of those of the machine. */
  readonly edges?: Partial<Edges>;
}

/** Rejects with `E_REDIS_UNAVAILABLE` when a Redis for jobs that is required is not there. */
export async function boot(options: BootOptions) {
  const { settings, env, answersReads, role, first, edges: replaced } = options;
  const host = machine();
  const events = new Events(options.tracer);
  const schedules = schedulesOf(settings);
  const metrics = assembleMetrics({ settings, schedules, role, events, clock: host.clock });
  const { reads, statistics } = metrics;
  const self = { id: options.id ?? randomUUID(), statistics };
  const clients = await openRedis({ settings, env, events, clock: host.clock, ...(first && { first }) });
  const { serverClock, clock, clockBehind } = await openClock(clients, host.clock, events, replaced?.clock);
  const edges = { ...host, ...replaced, clock };
  const listener = (origin: string) => tellOf(origin, events);
  const origins = await openOrigins(settings.origins, { clock, env, secrets: settings.secrets, listener });
  const parts = assembleParts({
    ...{ ...edges, hostClock: host.clock, settings, clients, origins },
    ...{ events, reads, answersReads, id: self.id },
  });
  const logLevel = levelOf(settings, clock, events);
  const known = { parts, settings, schedules, self, actor: actorOf(env, edges.host, role) };
  const { settled, ...asked } = assembleVerbs({ ...known, clockBehind, logLevel });
  const { registry, memory: tier, memoryUsage: memory } = parts;
  if (tier !== undefined) metrics.measurements.provide('memory', () => [{ tier: tier.name, ...tier.held }]);
  const knows = knownNames(settings, parts.kinds);
  return {
    ...{ settings, edges, events, reads, metrics, parts, schedules, ...asked, self, logLevel },
    /** Keeps the time of the jobs Redis. */
    serverClock,
    /** Reports this process to the others, and how it is, with the level of its log, where it has roles. */
    presence: (roles: readonly string[], told: Pick<PresenceDeps, 'logLevel' | 'state'> = {}) =>
      new Presence({ ...edges, ...self, ...told, roles, registry, events, memory, knows, clockBehind }),
    /** Cleans the tiers that only this process or this host has. */
    sweeper: () => new TierSweeper({ ...edges, events, tiers: parts.stack.tiers, every: SWEEP_EVERY_MS }),
    /** Measures how long things wait for their turn in this process. */
    loopDelay: () => new LoopDelay({ clock: host.clock, measurements: metrics.measurements, role }),
    /** Starts these services in order and stops them in reverse; then it releases what was opened. */
    lifecycle: (services: readonly Service[]) =>
      new Lifecycle({ services, clock: edges.clock, events, release: releaseOf(parts, settled) }),
  };
}

/** Whoever started the process: what is done by it and for nobody else is done by them. */
function actorOf(env: NodeJS.ProcessEnv, host: string, role: string): Actor {
  return { who: `${whoAsks(env)}@${host}`, way: role === 'reader' ? 'library' : 'cli' };
}

/** What was asked for is on record before the connections go. */
function releaseOf(parts: Pick<Parts, 'close'>, settled: (deadline: number) => Promise<void>) {
  return async (deadline: number) => {
    await settled(deadline);
    await parts.close(deadline);
  };
}

function levelOf({ log }: Settings, clock: Clock, events: Events): LogLevel {
  const onChange = (change: LevelChange) => events.emit('log-level:changed', change);
  return new LogLevel({ configured: log.level, clock, onChange });
}

function tellOf(origin: string, events: Events): OriginListener {
  return {
    onQuota: (quota) => events.emit('origin:quota', { origin, ...quota }),
    onRequest: (request) => events.emit('http:called', request),
    onStatement: (statement) => events.emit('db:called', statement),
  };
}

/** While the server is away its time is not waited for. */
function clockOf({ jobs }: RedisClients, clock: Clock, events: Events): ServerClock {
  const late = () => new Error('the jobs Redis did not tell its time');
  const ask = () => within(clock, PATIENCE.reader, () => jobs.time(), late).catch(() => undefined);
  const time = async () => (jobs.status === 'ready' ? ask() : undefined);
  return new ServerClock({ clock, events, time, every: CLOCK_EVERY_MS });
}

/** All times go by the server's clock, unless another one is put in its place. */
async function openClock(clients: RedisClients, host: Clock, events: Events, instead: Clock | undefined) {
  const serverClock = clockOf(clients, host, events);
  if (instead !== undefined) return { serverClock, clock: instead, clockBehind: () => 0 };
  await serverClock.measure().catch(() => undefined);
  return {
    serverClock,
    clock: serverClock,
    clockBehind: () => (serverClock.isTold ? serverClock.behind : undefined),
  };
}

function knownNames(settings: Settings, kinds: readonly AnyJobKind[]): KnownNames {
  const { sources, entities } = settings;
  const temperatures = [...sources.values()].map(({ name, temperature }) => [name, temperature] as const);
  const names = { sources: Object.fromEntries(temperatures), entities: Object.keys(entities) };
  return {
    ...names,
    jobs: kinds.map(({ name }) => name),
    version: VERSION,
    configuration: digestOf(settings),
  };
}
