/** What a reader does beyond the tiers: fetching here, asking the workers, going without Redis. */

import type { Ledger } from '../budget/ledger.ts';
import { LocalLedger, shareOf } from '../budget/local-ledger.ts';
import type { Fetcher } from '../client/fetcher.ts';
import type { MemoryReads } from '../client/memory-reads.ts';
import { type Fallback, MissCoalescer } from '../client/miss-coalescer.ts';
import { OriginLoader } from '../client/origin-loader.ts';
import { RedisLeases } from '../client/redis-leases.ts';
import { WorkerLoader } from '../client/worker-loader.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Source } from '../core/source.ts';
import { askJobs } from '../jobs/refresh.ts';
import type { Settings } from '../settings/settings.ts';
import { perGeneration } from '../tiers/invalidation/bus-health.ts';
import { busPosition } from '../tiers/invalidation/redis-bus-position.ts';
import { MemoryTier } from '../tiers/memory/memory-tier.ts';
import { MemoryRepairs } from '../tiers/stack/memory-repairs.ts';
import { TieredStack } from '../tiers/stack/tiered-stack.ts';
import { OriginCaller } from '../warming/origin-caller.ts';
import type { Ended } from '../warming/warm-task.ts';
import { Warmer, type WarmerDeps } from '../warming/warmer.ts';
import type { Parts } from './parts.ts';

/** What is fetched while the ledger is away stays in a memory of its own, of so many bytes. */
const ALONE_BYTES = 16_000_000;
/** A read waits for no permit longer than this, in ms. */
const PATIENCE_MS = 2_000;

export interface MissHandlingDeps {
  readonly parts: Parts;
  readonly settings: Settings;
  /** Names this process. */
  readonly id: string;
}

export function assembleMissHandler({ parts, settings, id }: MissHandlingDeps) {
  const { clients, clock, queue } = parts;
  const leases = new RedisLeases({
    redis: clients.failFast,
    prefix: settings.redis.prefix,
    holder: id,
    clock,
  });
  const fetcher = fetcherWith(parts, settings, { ...parts, ledger: parts.ledger });
  const askWorkers = async (source: Source, keys: readonly string[], urgent: boolean) => {
    await queue.add(askJobs(source, keys, { urgent, chunkSize: settings.jobs.chunkSize }));
  };
  const requests = new WorkerLoader({ ...parts, leases, askWorkers });
  const fallback = aloneWith(parts, settings);
  const origin = new OriginLoader({ ...parts, leases, fetcher });
  return (memoryReads: MemoryReads) =>
    new MissCoalescer({
      ...parts,
      memoryReads,
      loaders: { origin, request: requests },
      fallback,
      onDue: (source, keys) => requests.ahead(source, keys),
    });
}

type Store = Omit<WarmerDeps, 'clock' | 'events' | 'originCaller' | 'concurrency'> & {
  readonly ledger: Ledger;
};

function fetcherWith({ origins, clock, events, budgets }: Parts, settings: Settings, store: Store): Fetcher {
  const random = Math.random;
  const originCaller = new OriginCaller({
    origins,
    ledger: store.ledger,
    clock,
    random,
    events,
    outage: settings.jobs.outage,
  });
  const concurrency = new Map([...budgets].map(([origin, budget]) => [origin, budget.concurrency]));
  const warmer = new Warmer({ ...store, clock, events, originCaller, concurrency });
  return {
    async fetch(source, lacks, landed, signal) {
      const keys = lacks.map(({ key }) => key);
      const params = new Map(
        lacks.flatMap(({ key, params: of }) => (of === undefined ? [] : [[key, of] as const])),
      );
      const onEnded = async (batch: readonly Ended[]) => {
        const good = batch.filter(({ outcome }) => GOOD.has(outcome));
        if (good.length > 0) landed(good.map(({ index }) => keys[index] ?? ''));
      };
      await warmer.warm({ source, keys, params, options: OPTIONS, run: undefined, onEnded, signal });
    },
  };
}

const OPTIONS = { reason: 'read', since: 0 } as const;
const GOOD: ReadonlySet<Outcome> = new Set<Outcome>(['warmed', 'unchanged', 'already-warm']);

/**
 * Fetching while the ledger is away: with a share of each budget, into a memory of its own. The stamps there are this
 * process's, so nothing of it ever meets a value that has a real one, nor a tombstone: so it is forgotten as soon as
 * invalidations are heard again, or this process has announced one; and, while only the tiers are away, as soon as anybody has.
 */
function aloneWith(parts: Parts, settings: Settings): (asks: boolean) => Promise<Fallback> {
  const { clock, events, clients } = parts;
  const { localShare } = settings.reader;
  const budgets = new Map(
    [...parts.budgets].map(([origin, budget]) => [origin, shareOf(budget, localShare)]),
  );
  const ledger = new LocalLedger({ budgets, clock, patienceMs: PATIENCE_MS });
  const repairs = new MemoryRepairs({ bound: 1 });
  const positionOf = busPosition({ failFast: clients.failFast, prefix: settings.redis.prefix, clock });
  return perGeneration(parts.busHealth, positionOf, () => {
    const memory = new MemoryTier({ name: 'alone', maxSize: ALONE_BYTES, clock });
    const stack = new TieredStack({ tiers: [memory], clock, events, repairs });
    const fetcher = fetcherWith(parts, settings, { ...NOWHERE, stack, ledger });
    return { stack, loader: { load: (...task) => fetcher.fetch(...task) } };
  });
}

/** There is no catalog to tell, no registry and no bus. */
const NOWHERE = {
  catalog: {
    settle: async () => undefined,
    reschedule: async () => 0,
    recall: async (_: string, keys: readonly string[]) => keys.map(() => undefined),
  },
  registry: { count: async () => undefined },
  bus: { extended: async () => undefined },
};
