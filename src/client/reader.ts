import type { Popularity } from '../catalog/popularity.ts';
import type { Random } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import type { EventMap, EventName, Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { ReadCounts } from '../core/read-counts.ts';
import type { Params, Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { abortable } from '../flow/abortable.ts';
import type { BusHealth } from '../tiers/invalidation/bus-health.ts';
import type { Fences } from '../tiers/invalidation/fences.ts';
import type { MemoryTier } from '../tiers/memory/memory-tier.ts';
import type { TierUsage } from '../tiers/tier.ts';
import { KeySampler, memoryRows, type SourceReads } from './key-sampler.ts';
import { Keys } from './keys.ts';
import { type ListedEntry, list } from './listing.ts';
import { MemoryReads, promiseOf } from './memory-reads.ts';
import { OfflineReads } from './offline-reads.ts';
import type { MissHandler } from './pending-read.ts';
import { PopularityReporter } from './popularity-reporter.ts';
import type { InvalidateOptions, ReadOptions } from './reader-options.ts';
import { type SourceHandle, SourceReader } from './source-reader.ts';
import { StackReads } from './stack-reads.ts';
import { type Put, Writer, type WriterDeps } from './writer.ts';

export interface ReaderDeps extends WriterDeps {
  readonly memory: MemoryTier | undefined;
  readonly fences: Pick<Fences, 'modeOf'>;
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly sources: Sources;
  readonly events: Events;
  readonly random: Random;
  /** Makes what lies beyond the tiers; the reader closes it. */
  readonly beyond: (near: MemoryReads) => MissHandler & { close(): Promise<void> };
  /** Is told which keys are read. */
  readonly popularity: Popularity;
  /** Whether the Redis for jobs is there. */
  readonly reachable: () => boolean;
  /** Takes a stamp and invalidates these keys in every tier and process. */
  readonly invalidate: (
    source: Source,
    keys: readonly string[],
    mode: 'stale' | 'drop',
    signal: AbortSignal,
  ) => Promise<Stamp>;
  /** Is told of the reads that memory answers. The others reach the stack, which counts them. */
  readonly reads: ReadCounts;
  /** Every read is offline, unless it says otherwise. */
  readonly offline: boolean;
  /** Lets go of what the reader was made with. */
  readonly close: () => Promise<void>;
}

export interface ReaderStats {
  readonly sources: Readonly<Record<string, SourceReads>>;
  /** What the memory of this process holds; undefined without one. */
  readonly memory: TierUsage | undefined;
}

/** Reads through the tiers, by key or, typed, by source. A read never fails for want of a tier. */
export class Reader implements AsyncDisposable {
  readonly #deps: ReaderDeps;
  readonly #keys: Keys;
  readonly #near: MemoryReads;
  readonly #beyond: MissHandler & { close(): Promise<void> };
  readonly #far: StackReads;
  readonly #local: OfflineReads;
  readonly #writer: Writer;
  readonly #reporter: PopularityReporter;
  readonly #tallies: ReadonlyMap<string, KeySampler>;
  readonly #handle: SourceHandle;
  #closing: Promise<void> | undefined;

  constructor(deps: ReaderDeps) {
    const { sources, random } = deps;
    this.#deps = deps;
    this.#keys = new Keys(sources);
    this.#reporter = new PopularityReporter({ ...deps, onRest: () => this.#rest() });
    const tallyFor = (name: string) => new KeySampler(this.#reporter.sampler(name), random);
    this.#tallies = new Map([...sources.keys()].map((name) => [name, tallyFor(name)]));
    deps.reads.also(() => memoryRows(this.#tallies));
    const tallyOf = (source: string) => this.#tallies.get(source);
    this.#near = new MemoryReads({ ...deps, tallyOf });
    this.#beyond = deps.beyond(this.#near);
    this.#far = new StackReads({
      ...deps,
      missHandler: this.#beyond,
      memoryReads: this.#near,
      keys: this.#keys,
      tallyOf,
    });
    this.#local = new OfflineReads({ ...deps, memoryReads: this.#near });
    this.#writer = new Writer(deps);
    this.#handle = {
      keys: this.#keys,
      get: (key, source, params, options) => this.#get(key, source, params, options),
      peek: (key) => this.peek(key),
      has: (key, options) => this.has(key, options),
      set: (source, puts, ttl, signal = NEVER) => this.#set(source, puts, ttl, signal),
      invalidate: (source, keys, options) => this.#invalidate(source, keys, options),
      entries: (source, signal = NEVER) => list(deps, source.key.prefix, source, signal),
    };
  }

  /** Reads and writes of one source, by params. Throws `E_SOURCE_UNKNOWN`. */
  source<T = unknown>(name: string): SourceReader<T> {
    return new SourceReader<T>(this.#keys.source(name), this.#handle);
  }

  /**
   * The value under this key. Undefined: there is none, as far as the source's miss policy finds out in time. Values that
   * are not bytes are shared among readers, and frozen; `structuredClone` makes one of your own.
   */
  get<T = unknown>(key: string, options?: ReadOptions): Promise<T | undefined> {
    // What a key holds is for the caller to know.
    return this.#get(key, undefined, undefined, options) as Promise<T | undefined>;
  }

  /** The values under these keys, in order. */
  getMany<T = unknown>(keys: readonly string[], options?: ReadOptions): Promise<(T | undefined)[]> {
    return Promise.all(keys.map((key) => this.get<T>(key, options)));
  }

  /** What the memory of this process has under this key, stale or not, at once. */
  peek<T = unknown>(key: string): T | undefined {
    return this.#near.peek(key) as T | undefined;
  }

  /** Whether a value is stored, in any tier, that may still be served. Fetches nothing. */
  async has(key: string, { signal = NEVER }: ReadOptions = {}): Promise<boolean> {
    const [entry] = await this.#deps.stack.getMany([key], 'head', signal);
    return entry?.head.kind === 'value' && isServable(entry.head, this.#deps.clock.now());
  }

  /** Stores a value under a key. Answers false when the tiers know of a newer one. See `SourceReader.set`. */
  async set(
    key: string,
    value: unknown,
    options: { ttl?: number; signal?: AbortSignal } = {},
  ): Promise<boolean> {
    const source = this.#keys.sourceOf(key);
    const match = source.key.match(key);
    const [written = false] = await this.#set(
      source,
      [{ key, params: match?.params ?? {}, value }],
      options.ttl,
      options.signal ?? NEVER,
    );
    return written;
  }

  /** Invalidates these keys in every tier and process. Resolves when no read returns the old values; see docs/consistency.md. */
  async invalidate(keys: string | readonly string[], options: InvalidateOptions = {}): Promise<void> {
    const bySource = Map.groupBy(typeof keys === 'string' ? [keys] : keys, (key) => this.#keys.sourceOf(key));
    await Promise.all([...bySource].map(([source, own]) => this.#invalidate(source, own, options)));
  }

  /** What is stored, key by key, without the values. */
  entries({
    prefix = '',
    signal = NEVER,
  }: {
    prefix?: string;
    signal?: AbortSignal;
  } = {}): AsyncGenerator<ListedEntry> {
    return list(this.#deps, prefix, undefined, signal);
  }

  async stats(): Promise<ReaderStats> {
    const reads = [...this.#tallies].map(([name, tally]) => [name, tally.reads] as const);
    return { sources: Object.fromEntries(reads), memory: await this.#deps.memory?.usage(NEVER) };
  }

  /** Calls `listener` at each event; the answer takes it off again. */
  on<N extends EventName>(name: N, listener: (payload: EventMap[N]) => void): () => void {
    return this.#deps.events.on(name, listener);
  }

  /** Twice is fine. Reads that come later reject. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#beyond.close();
    await this.#reporter.flush();
    await this.#deps.close();
  }

  #rest(): void {
    for (const tally of this.#tallies.values()) tally.resetSampling();
  }

  #get(
    key: string,
    source: Source | undefined,
    params: Params | undefined,
    options: ReadOptions | undefined,
  ): Promise<unknown> {
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#closing !== undefined) return Promise.reject(closed());
    const view = this.#near.hit(key);
    if (view !== undefined) return promiseOf(view);
    const offline = options?.offline ?? this.#deps.offline;
    const pending = offline ? this.#local.get(key) : this.#far.get(key, source, params);
    return signal === undefined ? pending : abortable(signal, pending);
  }

  /** Writes and invalidations need a stamp, which only the jobs Redis gives: they do not wait for one that is away. */
  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closing !== undefined) throw closed();
    if (this.#deps.reachable()) return;
    throw new ForewarmError(
      'E_REDIS_UNAVAILABLE',
      'the Redis for jobs is away, and without it nothing can be set or invalidated; try again later',
    );
  }

  async #invalidate(
    source: Source,
    keys: readonly string[],
    { mode = 'drop', signal = NEVER }: InvalidateOptions = {},
  ): Promise<Stamp> {
    this.#check(signal);
    const stamp = await abortable(signal, this.#deps.invalidate(source, keys, mode, signal));
    this.#near.expire();
    return stamp;
  }

  async #set(
    source: Source,
    puts: readonly Put[],
    ttl: number | undefined,
    signal: AbortSignal,
  ): Promise<boolean[]> {
    this.#check(signal);
    return abortable(signal, this.#writer.write(source, puts, ttl, signal));
  }
}

function closed(): ForewarmError {
  return new ForewarmError('E_TIER_CLOSED', 'the reader is closed');
}
