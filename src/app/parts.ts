/** The pieces that every role works with, made from the settings. */
import { hostname } from 'node:os';
import { RedisLedger } from '../budget/redis-ledger.ts';
import { EntitySets } from '../catalog/entities/entities.ts';
import { RedisCatalog } from '../catalog/redis-catalog.ts';
import { RedisDeadLetters } from '../catalog/redis-dead-letters.ts';
import { RedisPopularity } from '../catalog/redis-popularity.ts';
import { RedisRegistry } from '../catalog/redis-registry.ts';
import { RedisVersions } from '../catalog/redis-versions.ts';
import { RedisRuns } from '../catalog/runs/redis-runs.ts';
import type { Budget } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { NEVER } from '../core/never.ts';
import type { ReadCounts } from '../core/read-counts.ts';
import type { TierName } from '../core/source.ts';
import { sourceOfKey } from '../core/sources.ts';
import { settleBy } from '../flow/deadline.ts';
import { ChunkWarmer, type ChunkWarmerDeps } from '../jobs/chunk-warmer.ts';
import { Gc } from '../jobs/gc.ts';
import { Invalidate } from '../jobs/invalidate.ts';
import { type AnyJobKind, anyKind } from '../jobs/job.ts';
import { Prefetch } from '../jobs/prefetch.ts';
import { Probe, type ProbeDeps } from '../jobs/probe.ts';
import { Refresh, type RefreshDeps } from '../jobs/refresh.ts';
import { RunPlanner } from '../jobs/run-planner.ts';
import { RunVerifier } from '../jobs/run-verifier.ts';
import { EmbeddingsOrigin } from '../origins/embeddings/embeddings-origin.ts';
import { HttpOrigin } from '../origins/http/http-origin.ts';
import { ModuleOrigin } from '../origins/module/module-origin.ts';
import type { Origin } from '../origins/origin.ts';
import { SqlOrigin } from '../origins/sql/sql-origin.ts';
import { BullQueue } from '../queue/bullmq.ts';
import type { RedisClients } from '../redis/clients.ts';
import type { OriginSettings, Settings } from '../settings/settings.ts';
import { DiskTier } from '../tiers/disk/disk-tier.ts';
import { BusHealth } from '../tiers/invalidation/bus-health.ts';
import { RedisBus } from '../tiers/invalidation/redis-bus.ts';
import { RedisFences } from '../tiers/invalidation/redis-fences.ts';
import { MemoryTier } from '../tiers/memory/memory-tier.ts';
import { RedisTier } from '../tiers/redis/redis-tier.ts';
import { S3Tier } from '../tiers/s3/s3-tier.ts';
import { ReadCounter } from '../tiers/stack/read-counter.ts';
import { RedisRepairs } from '../tiers/stack/redis-repairs.ts';
import { TieredStack } from '../tiers/stack/tiered-stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { CodedTier } from '../tiers/wrappers/coded-tier.ts';
import { FilteredTier } from '../tiers/wrappers/filtered-tier.ts';
import { GuardedTier } from '../tiers/wrappers/guarded-tier.ts';
import { TimedTier } from '../tiers/wrappers/timed-tier.ts';
import { OriginCaller, type OriginCallerDeps } from '../warming/origin-caller.ts';
import type { ResultWriterDeps } from '../warming/result-writer.ts';
import { Selection } from '../warming/selection.ts';
import { Warmer } from '../warming/warmer.ts';
import { codecs } from './codecs.ts';
import { keepsOf } from './retention.ts';

export interface PartsInit {
  readonly settings: Settings;
  readonly clients: RedisClients;
  readonly events: Events;
  readonly clock: Clock;
  /** Where reads are counted. */
  readonly reads: ReadCounts;
  /** Names this process. */
  readonly id: string;
  /** Whether this process answers reads: only then a memory tier is of use to anybody. */
  readonly keepsMemory: boolean;
}

export type Parts = ReturnType<typeof assembleParts>;

/** A lease outlives the longest call by this factor, and is never shorter than `SHORTEST_LEASE_MS`. */
const LEASE_FACTOR = 2;
const SHORTEST_LEASE_MS = 15_000;
/** Work that would wait longer for its origin goes back to the queue, in ms. */
const PATIENCE_MS = 2_000;

export function assembleParts(init: PartsInit) {
  const { settings, clients, events, clock } = init;
  const stores = assembleStores(init);
  const { stack, memory, ...rest } = assembleStack(init);
  const origins = assembleOrigins(init);
  const { queue, catalog } = stores;
  const { sources } = settings;
  const entities = new EntitySets({ sets: settings.entities });
  const selection = new Selection({ sources, entities, catalog, stack, clock, events });
  const local = stack.tiers.filter(({ traits }) => traits.reach !== 'shared');
  const bus = new RedisBus({ ...busStore(init), ...rest, tiers: local, clock, events });
  const base = { ...stores, ...rest, stack, bus, origins, entities, selection, sources, clock, events };
  const invalidate = new Invalidate(base);
  const { keep: keepRuns, maxAge: maxRunAge } = settings.jobs.history;
  const gc = new Gc({ ...base, keepRuns, maxRunAge });
  return {
    ...base,
    clients,
    invalidate,
    gc,
    kinds: [
      anyKind(invalidate),
      anyKind(gc),
      ...warmingKinds(init, { ...base, invalidate }),
    ] satisfies AnyJobKind[],
    memory,
    memoryUsage: async () => memory?.usage(NEVER),
    /** What a Redis that is away does not take back by the deadline comes back to it by itself. */
    async close(deadline: number) {
      const givenBack = stores.ledger.close().then(() => queue.close());
      await settleBy(clock, deadline, givenBack);
      await stack.close();
      await Promise.all([...origins.values()].map((origin) => origin.close()));
      await clients.close();
    },
  };
}

function busStore({ settings, clients, id }: PartsInit) {
  return { redis: clients.jobs, connect: clients.connect, prefix: settings.redis.prefix, sender: id };
}

/** What is kept on the jobs Redis. */
function assembleStores({ settings, clients, events, clock, id }: PartsInit) {
  const store = { redis: clients.jobs, prefix: settings.redis.prefix };
  const budgets = budgetsOf(settings);
  const timeouts = [...settings.origins.values()].map(({ timeout }) => timeout * LEASE_FACTOR);
  const leaseMs = Math.max(SHORTEST_LEASE_MS, ...timeouts);
  const { attempts, backoff: base, backoffMax: max } = settings.jobs;
  const { lock, stalledCheck, grace } = settings.workers;
  const backoff = { base, max };
  const queueOptions = { attempts, backoff, lock, stalledCheck, grace, random: Math.random };
  return {
    budgets,
    ledger: new RedisLedger({
      ...store,
      holder: id,
      clock,
      events,
      budgets,
      leaseMs,
      patienceMs: PATIENCE_MS,
    }),
    catalog: new RedisCatalog(store),
    popularity: new RedisPopularity(store),
    versions: new RedisVersions(store),
    runs: new RedisRuns(store),
    deadLetters: new RedisDeadLetters(store),
    registry: new RedisRegistry(store),
    queue: new BullQueue({ ...store, ...queueOptions, connect: clients.connect, clock, events }),
  };
}

function budgetsOf(settings: Settings): ReadonlyMap<string, Budget> {
  return new Map([...settings.origins].map(([name, { concurrency, rate }]) => [name, { concurrency, rate }]));
}

function assembleStack(init: PartsInit) {
  const { settings, clients, events, clock, reads, keepsMemory } = init;
  const { memory: inMemory, redis, disk, s3 } = settings.tiers;
  const memory = keepsMemory && inMemory.enabled ? new MemoryTier({ ...inMemory, clock, events }) : undefined;
  const keeping = (tier: Tier, name: TierName) => {
    const keeps = keepsOf(settings, name, settings.tiers[name].ttl);
    return keeps === undefined ? tier : new FilteredTier({ tier, keeps, clock });
  };
  const tiers: Tier[] =
    memory === undefined ? [] : [new TimedTier({ tier: keeping(memory, 'memory'), clock, events })];
  const coded: CodedTier[] = [];
  const codecFor = codecs(settings);
  const guarded = (store: Tier, name: 'redis' | 'disk' | 's3') => {
    const { codec, timeout } = settings.tiers[name];
    const tier = new CodedTier({ tier: store, codec: codecFor(codec), events });
    coded.push(tier);
    tiers.push(keeping(new GuardedTier({ tier, clock, events, timeout }), name));
  };
  const fences = assembleFences(init);
  const { piggybackedKey } = fences;
  const piggyback = fences.piggybackTier === undefined ? {} : { piggybackedKey };
  if (redis.enabled) {
    guarded(new RedisTier({ ...redis, redis: clients.cache, events, ...piggyback }), 'redis');
  }
  if (disk.enabled) guarded(new DiskTier({ ...disk, clock, events }), 'disk');
  const bucket = s3.enabled ? new S3Tier({ ...s3, events }) : undefined;
  if (bucket !== undefined) guarded(bucket, 's3');
  const store = { redis: clients.jobs, prefix: settings.redis.prefix };
  const repairs = new RedisRepairs({ ...store, host: hostname(), events });
  const readCounter = new ReadCounter(reads, (key) => sourceNameOf(settings, key));
  const busHealth = new BusHealth({ clock, bound: inMemory.maxAgeWithoutBus });
  const stack = new TieredStack({ tiers, clock, events, repairs, fences, busHealth, reads: readCounter });
  return { memory, bucket, reencryptables: coded, stack, fences, busHealth };
}

/** What keys of no source are counted under. */
const NO_SOURCE = '(none)';

function sourceNameOf({ sources }: Settings, key: string): string {
  return sourceOfKey(sources, key)?.name ?? NO_SOURCE;
}

/** Where values and jobs are on one server, reads of values bring the news of fences along. */
function assembleFences({ settings, clients, events, clock }: PartsInit): RedisFences {
  const { failFast, jobs: redis, isOne } = clients;
  const sources = [...settings.sources.values()];
  const lives = sources.map(({ lifetime, absentTtl }) => Math.max(lifetime.ttl + lifetime.grace, absentTtl));
  return new RedisFences({
    ...{ redis, failFast, clock, events, prefix: settings.redis.prefix },
    origins: new Map(sources.map(({ name, origin }) => [name, origin])),
    longest: Math.max(0, ...lives),
    piggybackTier: isOne && settings.tiers.redis.enabled ? 'redis' : undefined,
  });
}

function assembleOrigins({ settings, clock }: PartsInit): ReadonlyMap<string, Origin> {
  return new Map([...settings.origins].map(([name, options]) => [name, originOf(name, options, clock)]));
}

function originOf(name: string, options: OriginSettings, clock: Clock): Origin {
  switch (options.kind) {
    case 'http':
      return new HttpOrigin({ name, options, clock });
    case 'module':
      return new ModuleOrigin({ name, options, clock });
    case 'sql':
      return new SqlOrigin({ name, options, clock });
    case 'embeddings':
      return new EmbeddingsOrigin({ name, options, clock });
  }
}

type WarmingBase = Pick<
  RefreshDeps & ProbeDeps & ChunkWarmerDeps & OriginCallerDeps & ResultWriterDeps,
  WarmingNeed
> & {
  readonly selection: Selection;
  readonly invalidate: Invalidate;
  readonly budgets: ReadonlyMap<string, Budget>;
};
type WarmingNeed =
  | 'catalog'
  | 'versions'
  | 'queue'
  | 'sources'
  | 'runs'
  | 'deadLetters'
  | 'registry'
  | 'stack'
  | 'bus'
  | 'ledger'
  | 'origins'
  | 'clock'
  | 'events';

/** The job kinds that fetch. */
function warmingKinds({ settings }: PartsInit, base: WarmingBase): AnyJobKind[] {
  const random = Math.random;
  const { chunkSize, attempts, outage, backoff: first, backoffMax: max } = settings.jobs;
  const originCaller = new OriginCaller({ ...base, random, outage });
  const concurrency = new Map([...base.budgets].map(([origin, budget]) => [origin, budget.concurrency]));
  const warmer = new Warmer({ ...base, originCaller, concurrency });
  const planner = new RunPlanner({ ...base, chunkSize });
  const verifier = new RunVerifier(base);
  const backoff = { base: first, max };
  const chunks = new ChunkWarmer({ ...base, warmer, random, attempts, backoff });
  return [
    anyKind(new Prefetch({ ...base, planner, chunks, verifier })),
    anyKind(new Refresh({ ...base, warmer, chunkSize })),
    anyKind(new Probe({ ...base, originCaller })),
  ];
}
