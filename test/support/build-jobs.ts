/**
 * What the job kinds work with, as the app wires it: every store on the tests' Redis, a stack of memory, Redis and disk under
 * chaos tiers, a real ledger and a real queue; only the origin is scripted. Time is the test's, except for the queue's.
 */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { RedisLedger } from '../../src/budget/redis-ledger.ts';
import { type EntitySetOptions, EntitySets } from '../../src/catalog/entities/entities.ts';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { RedisVersions } from '../../src/catalog/redis-versions.ts';
import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import type { Runs } from '../../src/catalog/runs/runs.ts';
import type { Budget } from '../../src/core/budget.ts';
import { type Clock, type Random, systemClock } from '../../src/core/clock.ts';
import { type EventName, Events } from '../../src/core/events.ts';
import type { Source } from '../../src/core/source.ts';
import { ChunkWarmer } from '../../src/jobs/chunk-warmer.ts';
import { Gc } from '../../src/jobs/gc.ts';
import { Invalidate } from '../../src/jobs/invalidate.ts';
import { Prefetch } from '../../src/jobs/prefetch.ts';
import { Probe } from '../../src/jobs/probe.ts';
import { Refresh } from '../../src/jobs/refresh.ts';
import { RunPlanner } from '../../src/jobs/run-planner.ts';
import { RunVerifier } from '../../src/jobs/run-verifier.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import type { Queue, QueuedJob } from '../../src/queue/queue.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { BusHealth } from '../../src/tiers/invalidation/bus-health.ts';
import type { Fences } from '../../src/tiers/invalidation/fences.ts';
import { RedisBus } from '../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../src/tiers/stack/tiered-stack.ts';
import type { Reencryptable } from '../../src/tiers/wrappers/reencryptable.ts';
import { OriginCaller } from '../../src/warming/origin-caller.ts';
import { Selection } from '../../src/warming/selection.ts';
import { Warmer } from '../../src/warming/warmer.ts';
import { ChaosTier } from './chaos-tier.ts';
import { temporaryFolder } from './disk.ts';
import { FETCHED_AT } from './entries.ts';
import { EventLog } from './event-log.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeTimeFences } from './fake-time-fences.ts';
import { FakeTimeLedger } from './fake-time-ledger.ts';
import { connectRedis, uniquePrefix } from './redis.ts';
import { ScriptedOrigin } from './scripted-origin.ts';
import { marketsCsv, sourceWith } from './sources.ts';

export interface JobsOptions {
  readonly sources?: readonly Source[];
  readonly entities?: Readonly<Record<string, EntitySetOptions>>;
  /** Of every origin. */
  readonly budget?: Budget;
  readonly origins?: readonly ScriptedOrigin[];
  readonly chunkSize?: number;
  readonly attempts?: number;
  readonly outage?: number;
  /** How long the ledger lets a caller wait, in ms. */
  readonly patienceMs?: number;
  /** Waits are the longest they can be, unless told. */
  readonly random?: Random;
  readonly backoff?: { readonly base: number; readonly max: number };
  readonly recoders?: readonly Reencryptable[];
  readonly keepRuns?: number;
  readonly maxRunAge?: number;
}

export type Jobs = ReturnType<typeof buildJobs>;

const LOGGED: readonly EventName[] = [
  'budget:pause',
  'job:ended',
  'key:failed',
  'key:refused',
  'keys:ended',
  'origin:call',
  'problem',
  'run:created',
  'run:ended',
  'source:moved',
];

/** On a clock that stands still. */
export function buildJobs(options: JobsOptions = {}) {
  const clock = new FakeClock(FETCHED_AT);
  return { ...assemble(options, clock), clock };
}

/** On the machine's clock, for jobs that run by themselves. */
export function buildLiveJobs(options: JobsOptions = {}) {
  return assemble(options, systemClock);
}

function assemble(options: JobsOptions, clock: Clock) {
  const events = new Events();
  const log = new EventLog(events, LOGGED);
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const store = { redis, prefix };
  const sources = new Map((options.sources ?? [sourceWith()]).map((source) => [source.name, source]));
  const all = options.origins ?? [new ScriptedOrigin()];
  const origins = new Map(all.map((origin) => [origin.name, origin]));
  const [origin = new ScriptedOrigin()] = all;
  const catalog = new RedisCatalog(store);
  const versions = new RedisVersions(store);
  const runs: Runs = new RedisRuns(store);
  const deadLetters = new RedisDeadLetters(store);
  const registry = new RedisRegistry(store);
  const entities = new EntitySets({ sets: options.entities ?? { markets: marketsCsv(10) } });
  const { ledger, budgets } = buildLedger(options, { ...store, clock, events, origins: [...origins.keys()] });
  const fences = new FakeTimeFences({
    ...{ ...store, failFast: redis, clock: systemClock, events, longest: 600_000, piggybackTier: undefined },
    origins: new Map([...sources.values()].map((source) => [source.name, source.origin])),
    stamp: (name) => ledger.stamp(name),
  });
  const tiers = buildStack(clock, events, fences);
  const { stack } = tiers;
  const added: QueuedJob[] = [];
  const queue = recording(buildQueue({ ...store, events }), added);
  const selection = new Selection({ sources, entities, catalog, stack, clock, events });
  const base = {
    ...store,
    clock,
    events,
    log,
    sources,
    origins,
    catalog,
    versions,
    runs,
    deadLetters,
    registry,
    entities,
  };
  const random = options.random ?? (() => 1 - Number.EPSILON);
  const busHealth = new BusHealth({ clock, bound: 300_000 });
  const busParts = { ...base, fences, busHealth, connect: connector(), sender: uniquePrefix(), tiers: [] };
  const bus = new RedisBus(busParts);
  const parts = { ...base, ...tiers, fences, busHealth, bus, ledger, budgets, queue, selection, random };
  const originCaller = new OriginCaller({ ...parts, outage: options.outage ?? 600_000 });
  const concurrency = new Map([...budgets].map(([name, budget]) => [name, budget.concurrency]));
  const warmer = new Warmer({ ...parts, originCaller, concurrency });
  const chunkSize = options.chunkSize ?? 4;
  const planner = new RunPlanner({ ...parts, chunkSize });
  const verifier = new RunVerifier(parts);
  const invalidate = new Invalidate(parts);
  const attempts = options.attempts ?? 3;
  const backoff = options.backoff ?? { base: 2_000, max: 60_000 };
  const chunks = new ChunkWarmer({ ...parts, warmer, attempts, backoff });
  const { keepRuns = 100, maxRunAge = 86_400_000 } = options;
  return {
    ...parts,
    ...{ origin, added, originCaller, warmer, planner, verifier },
    prefetch: new Prefetch({ ...parts, planner, chunks, verifier }),
    refresh: new Refresh({ ...parts, warmer, chunkSize }),
    invalidate,
    probe: new Probe({ ...parts, originCaller, invalidate }),
    gc: new Gc({ ...parts, reencryptables: options.recoders ?? [], keepRuns, maxRunAge }),
  };
}

function buildStack(clock: Clock, events: Events, fences: Fences) {
  const path = join(temporaryFolder(), 'cache.db');
  const values = `${uniquePrefix()}:`;
  const chaotic = (tier: MemoryTier | RedisTier | DiskTier) => new ChaosTier({ tier, clock });
  const memory = chaotic(new MemoryTier({ maxSize: 16e6, clock }));
  const shared = chaotic(new RedisTier({ redis: connectRedis(), prefix: values, events, maxBodyBytes: 2e6 }));
  const disk = chaotic(
    new DiskTier({ path, maxSize: 100e6, timeout: 2_000, clock, events, maxBodyBytes: 2e6 }),
  );
  const stack = new TieredStack({
    tiers: [memory, shared, disk],
    clock,
    events,
    fences,
    repairs: new MemoryRepairs({ bound: 10_000 }),
  });
  onTestFinished(() => stack.close());
  return { stack, memory, shared, disk, values, path };
}

interface LedgerNeeds {
  readonly redis: ReturnType<typeof connectRedis>;
  readonly prefix: string;
  readonly clock: Clock;
  readonly events: Events;
  readonly origins: readonly string[];
}

/** Waits and pauses are on the machine's clock, as they are on the server's. */
function buildLedger(options: JobsOptions, { origins, clock, ...rest }: LedgerNeeds) {
  const budget = options.budget ?? { rate: undefined, concurrency: 8 };
  const budgets = new Map(origins.map((name) => [name, budget]));
  const { patienceMs = 2_000 } = options;
  const real = new RedisLedger({
    ...rest,
    ...{ clock: systemClock, budgets, holder: uniquePrefix(), leaseMs: 15_000, patienceMs },
  });
  onTestFinished(() => real.close());
  return { ledger: new FakeTimeLedger({ ledger: real, clock }), budgets };
}

/** The queue, and everything that was added to it. */
function recording(queue: Queue, added: QueuedJob[]): Queue {
  const add = async (jobs: readonly QueuedJob[]) => {
    added.push(...jobs);
    await queue.add(jobs);
  };
  return new Proxy(queue, {
    get(target, name) {
      if (name === 'add') return add;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Makes connections that whoever asks for them closes. */
export function connector(): () => Redis {
  const url = inject('redisUrl');
  return () => new Redis(url, { maxRetriesPerRequest: null });
}

function buildQueue(store: Pick<LedgerNeeds, 'redis' | 'prefix' | 'events'>): BullQueue {
  const connect = connector();
  const queue = new BullQueue({
    ...store,
    ...{ connect, clock: systemClock, random: Math.random },
    ...{ attempts: 3, backoff: { base: 5, max: 20 }, lock: 5_000, stalledCheck: 500, grace: 300 },
  });
  onTestFinished(() => queue.close());
  return queue;
}
