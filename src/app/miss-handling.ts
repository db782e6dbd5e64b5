/** Wires how a reader loads what no tier has: from the origin, by the workers, or by itself while Redis is away. */
import type { Ledger } from '../budget/ledger.ts';
import { LocalLedger, shareOf } from '../budget/local-ledger.ts';
import { DirectLoader } from '../client/misses/direct-loader.ts';
import type { Fallback } from '../client/misses/miss-coalescer.ts';
import { OriginLoader } from '../client/misses/origin-loader.ts';
import { RedisLeases } from '../client/misses/redis-leases.ts';
import { RefreshAhead } from '../client/misses/refresh-ahead.ts';
import { WorkerLoader } from '../client/misses/worker-loader.ts';
import { type AskWorkers, WorkerRequests } from '../client/misses/worker-requests.ts';
import type { MissHandling } from '../client/reader-parts.ts';
import { PATIENCE } from '../flow/patience.ts';
import { askJobs } from '../jobs/refresh.ts';
import type { Settings } from '../settings/settings.ts';
import { perGeneration } from '../tiers/invalidation/bus-health.ts';
import { busPosition } from '../tiers/invalidation/redis-bus-position.ts';
import { MemoryTier } from '../tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../tiers/stack/memory-repairs.ts';
import { TieredStack } from '../tiers/stack/tiered-stack.ts';
import { OriginCaller } from '../warming/calls/origin-caller.ts';
import { Warmer, type WarmerDeps } from '../warming/warmer.ts';
import type { Parts } from './parts.ts';

/** How much is kept of what is fetched while the ledger is away, in bytes. */
const FALLBACK_BYTES = 16_000_000;

export interface MissHandlingDeps {
  readonly parts: Parts;
  readonly settings: Settings;
  /** Names this process. */
  readonly id: string;
}

export function assembleMissHandling({ parts, settings, id }: MissHandlingDeps): MissHandling {
  const { clients, clock } = parts;
  const leases = new RedisLeases({
    redis: clients.failFast,
    prefix: settings.redis.prefix,
    holder: id,
    clock,
  });
  const requests = new WorkerRequests({ ...parts, leases, askWorkers: askWorkersBy(parts, settings) });
  return {
    loaders: {
      origin: new OriginLoader({ ...parts, leases, warmer: warmerWith(parts, settings, parts) }),
      request: new WorkerLoader({ ...parts, requests }),
    },
    fallback: fallbackOf(parts, settings),
    refreshAhead: new RefreshAhead({ ...parts, leases, requests }),
  };
}

function askWorkersBy({ queue }: Parts, { jobs: { chunkSize } }: Settings): AskWorkers {
  return (source, keys, urgent) => queue.add(askJobs(source, keys, { urgent, chunkSize }));
}

type Store = Omit<WarmerDeps, 'clock' | 'events' | 'originCaller' | 'concurrency'> & {
  readonly ledger: Ledger;
};

/** A warmer that stores what it fetches there. */
function warmerWith(parts: Parts, { jobs }: Settings, store: Store): Warmer {
  const { clock, events, budgets } = parts;
  const edges = { clock, events, origins: parts.origins, random: Math.random, outage: jobs.outage };
  const originCaller = new OriginCaller({ ...edges, ledger: store.ledger });
  const concurrency = new Map([...budgets].map(([origin, budget]) => [origin, budget.concurrency]));
  return new Warmer({ ...store, clock, events, originCaller, concurrency });
}

/**
 * Fetching while nothing can be stored for others, into a memory of its own. Without the jobs Redis: with a share of each budget, and
 * stamps of this process's clock. With it, while only the tiers are away: inside the budget that all share. Neither memory ever
 * meets a value of the tiers, nor a tombstone: it is forgotten as soon as invalidations are heard again, or this process has
 * announced one; and, with the jobs Redis, as soon as any process has.
 */
function fallbackOf(parts: Parts, settings: Settings): (asks: boolean) => Promise<Fallback> {
  const { clock, clients } = parts;
  const { localShare } = settings.reader;
  const budgets = new Map(
    [...parts.budgets].map(([origin, budget]) => [origin, shareOf(budget, localShare)]),
  );
  const ledger = new LocalLedger({ budgets, clock, patienceMs: PATIENCE.permit });
  const positionOf = busPosition({ failFast: clients.failFast, prefix: settings.redis.prefix, clock });
  const alone = perGeneration(parts.busHealth, positionOf, () => intoMemory(parts, settings, ledger));
  const shared = perGeneration(parts.busHealth, positionOf, () => intoMemory(parts, settings, parts.ledger));
  return (asks) => (asks ? shared(true) : alone(false));
}

function intoMemory(parts: Parts, settings: Settings, ledger: Ledger): Fallback {
  const { clock, events } = parts;
  const memory = new MemoryTier({ name: 'alone', maxSize: FALLBACK_BYTES, clock });
  const stack = new TieredStack({ tiers: [memory], clock, events, repairs: new MemoryRepairs({ bound: 1 }) });
  const warmer = warmerWith(parts, settings, { ...WITHOUT_REDIS, stack, ledger });
  return { stack, loader: new DirectLoader({ warmer, clock }) };
}

/** No catalog to settle, no registry and no bus. */
const WITHOUT_REDIS = {
  catalog: {
    get: async () => [],
    settle: async () => undefined,
    reschedule: async () => 0,
    recall: async (_: string, keys: readonly string[]) => keys.map(() => undefined),
  },
  failedAttempts: { note: async () => undefined },
  registry: { count: async () => undefined },
  absences: {
    leftOut: async (_: string, keys: readonly string[], now: number) => keys.map(() => now),
    look: async (_: string, vanished: readonly unknown[], now: number) => ({
      ...{ saidAt: vanished.map(() => now), recent: vanished.length, kept: 0 },
    }),
  },
  bus: { extended: async () => undefined },
};
