/** How the pieces of a reader fit together. */
import type { Popularity } from '../catalog/popularity.ts';
import type { Random } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { ReadCounts } from '../core/metrics/read-counts.ts';
import type { Sources } from '../core/sources.ts';
import type { BusHealth } from '../tiers/invalidation/bus-health.ts';
import type { Fences } from '../tiers/invalidation/fences.ts';
import type { MemoryTier } from '../tiers/memory/memory-tier.ts';
import { answerRows, memoryRows } from './key-sampler.ts';
import { Keys } from './keys.ts';
import type { ListingDeps } from './listing.ts';
import { MemoryReads } from './memory-reads.ts';
import { MissCoalescer, type MissCoalescerDeps } from './misses/miss-coalescer.ts';
import { OfflineReads } from './offline-reads.ts';
import { PopularityReporter } from './popularity-reporter.ts';
import { ReadPath } from './read-path.ts';
import { StackReads } from './stack-reads.ts';
import { StoredValues } from './stored-values.ts';
import { UndecodableValues } from './undecodable-values.ts';
import { Writer, type WriterDeps } from './writer.ts';

/** How misses are loaded. */
export type MissHandling = Pick<MissCoalescerDeps, 'loaders' | 'fallback' | 'refreshAhead'>;

export interface ReaderDeps extends MissHandling, Omit<WriterDeps, 'memoryReads'> {
  readonly memory: MemoryTier | undefined;
  readonly fences: Pick<Fences, 'modeOf'>;
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly sources: Sources;
  readonly events: Events;
  readonly random: Random;
  /** Learns which keys are read. */
  readonly popularity: Pick<Popularity, 'count'>;
  /** Counts the reads that memory serves. The others reach the stack, which counts them. */
  readonly reads: ReadCounts;
  /** Every read is offline, unless it says otherwise. */
  readonly offline: boolean;
  /** Closes what the reader was given. */
  readonly close: () => Promise<void>;
}

export interface ReaderParts {
  readonly keys: Keys;
  readonly memoryReads: MemoryReads;
  readonly readPath: ReadPath;
  readonly writer: Writer;
  readonly listing: ListingDeps;
  readonly reporter: PopularityReporter;
  readonly missHandler: MissCoalescer;
}

export function assembleReader(deps: ReaderDeps): ReaderParts {
  const { sources } = deps;
  const keys = new Keys(sources);
  const reporter = new PopularityReporter({ ...deps, sources: sources.keys() });
  const samplerOf = (source: string) => reporter.samplers.get(source);
  deps.reads.also(() => memoryRows(reporter.samplers));
  deps.reads.alsoAnswers(() => answerRows(reporter.samplers));
  const memoryReads = new MemoryReads({ ...deps, samplerOf });
  const missHandler = new MissCoalescer({ ...deps, memoryReads });
  const writer = new Writer({ ...deps, memoryReads });
  const undecodableValues = new UndecodableValues({
    ...deps,
    invalidate: (source, own) => writer.invalidate(source, own),
  });
  const stackReads = new StackReads({
    ...{ ...deps, keys, memoryReads, missHandler, samplerOf },
    undecodableValues,
  });
  const offlineReads = new OfflineReads({ ...deps, memoryReads });
  const storedValues = new StoredValues(deps);
  const readPath = new ReadPath({ ...deps, memoryReads, stackReads, offlineReads, storedValues });
  return { keys, memoryReads, readPath, writer, listing: deps, reporter, missHandler };
}
