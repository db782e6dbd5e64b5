/**
 * What applications import: reads through the tiers, with a policy for what no tier has. `connect` (app/connect.ts) makes a
 * reader and gives it its dependencies; `reader-parts.ts` puts its pieces together.
 *
 * A read goes down until something serves it:
 *
 * 1. `MemoryReads`: a value that is decoded already, at once. The hot path.
 * 2. `StackReads`: one look down all tiers for the reads of a turn. (`OfflineReads`: only the tiers of this host.)
 * 3. `MissCoalescer`: what no tier has fresh is loaded as the source's miss policy says: by `OriginLoader`, which fetches here
 *    under a lease, or by `WorkerLoader`, which asks the workers. `DirectLoader` is for when Redis is away.
 *
 * What is due is served, and `RefreshAhead` has the workers refresh it. `KeySampler` counts reads, and `PopularityReporter`
 * reports to the catalog which keys are read. `Writer` sets and invalidates.
 *
 * What must stay true:
 * - No read fails because a tier is down; no read waits longer than its source's deadline.
 * - No read returns a value that was invalidated before the read began. So reads share a look only within one turn, and a look
 *   after a load serves only the reads that waited when it began.
 * - A memory hit allocates nothing and awaits nothing. Values are shared by all readers, and so frozen, or copied.
 * - One load per key: in a process by `InFlightLoads`, among processes by `Leases`.
 */

import type { EventMap, EventName } from '../core/events.ts';
import { NEVER } from '../core/never.ts';
import type { TierUsage } from '../tiers/tier.ts';
import type { SourceReads } from './key-sampler.ts';
import { type ListedEntry, list } from './listing.ts';
import type { Lookup } from './lookup.ts';
import {
  areUsual,
  type InvalidateOptions,
  type ListOptions,
  READER,
  type ReadOptions,
  type SetOptions,
} from './reader-options.ts';
import { assembleReader, type ReaderDeps, type ReaderParts } from './reader-parts.ts';
import { SourceReader } from './source-reader.ts';

export interface ReaderStats {
  readonly sources: Readonly<Record<string, SourceReads>>;
  /** What the memory of this process holds; undefined without one. */
  readonly memory: TierUsage | undefined;
}

/** Reads through the tiers, by key or, typed, by source. A read never fails because a tier does. */
export class Reader implements AsyncDisposable {
  readonly #deps: ReaderDeps;
  readonly #parts: ReaderParts;
  #closing: Promise<void> | undefined;

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
    this.#parts = assembleReader(deps);
  }

  /** Reads and writes of one source, by params. Throws `E_SOURCE_UNKNOWN`. */
  source<T = unknown>(name: string): SourceReader<T> {
    READER.source.read(name);
    return new SourceReader<T>(this.#parts.keys.source(name), this.#parts);
  }

  /**
   * The value under this key. Undefined: there is none, as far as the source's miss policy can find out in time. Values that
   * are not bytes are shared among readers, and frozen; `structuredClone` makes one of your own.
   */
  get<T = unknown>(key: string, options?: ReadOptions): Promise<T | undefined> {
    if (typeof key !== 'string' || !areUsual(options)) {
      const refusal = READER.get.refusal(key, options);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    return this.#get(key, options);
  }

  #get<T>(key: string, options: ReadOptions | undefined): Promise<T | undefined> {
    // The caller knows what a key holds.
    return this.#parts.readPath.get(key, undefined, undefined, options) as Promise<T | undefined>;
  }

  /** The values under these keys, in order. */
  getMany<T = unknown>(keys: readonly string[], options?: ReadOptions): Promise<(T | undefined)[]> {
    const refusal = READER.getMany.refusal(keys, options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return Promise.all(keys.map((key) => this.#get<T>(key, options)));
  }

  /** What is known of this key: one of four answers, with age, tier and times. Waits as `get` does, and finds out the same way. */
  lookup<T = unknown>(key: string, options?: ReadOptions): Promise<Lookup<T>> {
    if (typeof key !== 'string' || !areUsual(options)) {
      const refusal = READER.lookup.refusal(key, options);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    return this.#lookup(key, options);
  }

  #lookup<T>(key: string, options: ReadOptions | undefined): Promise<Lookup<T>> {
    // The caller knows what a key holds.
    return this.#parts.readPath.lookup(key, undefined, undefined, options) as Promise<Lookup<T>>;
  }

  /** What is known of these keys, in order. */
  lookupMany<T = unknown>(keys: readonly string[], options?: ReadOptions): Promise<Lookup<T>[]> {
    const refusal = READER.lookupMany.refusal(keys, options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return Promise.all(keys.map((key) => this.#lookup<T>(key, options)));
  }

  /**
   * What the memory of this process has under this key, stale or not, at once. Undefined: memory has no value, which says nothing
   * of the tiers below.
   */
  peek<T = unknown>(key: string): T | undefined {
    if (typeof key !== 'string') READER.peek.read(key);
    return this.#parts.memoryReads.peek(key) as T | undefined;
  }

  /**
   * Whether a value is stored, in any tier, that may still be served. Fetches nothing. Rejects with `E_TIER_UNAVAILABLE` where none
   * was found and a tier that may have one did not answer.
   */
  async has(key: string, options?: ReadOptions): Promise<boolean> {
    if (typeof key !== 'string' || !areUsual(options)) READER.has.read(key, options);
    return this.#parts.readPath.has(key, options);
  }

  /** Stores a value under a key. Returns false when the tiers know of a newer one. See `SourceReader.set`. */
  async set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    READER.set.read(key, options);
    const { ttl, tags = [], signal } = options ?? {};
    const source = this.#parts.keys.sourceOf(key);
    const params = source.key.match(key)?.params ?? {};
    const [written = false] = await this.#parts.writer.set(
      source,
      [{ key, params, value, tags }],
      ttl,
      signal,
    );
    return written;
  }

  /** Invalidates these keys in every tier and process. Resolves when no read returns the old values; see docs/consistency.md. */
  async invalidate(keys: string | readonly string[], options?: InvalidateOptions): Promise<void> {
    const [all] = READER.invalidate.read(keys, options);
    const bySource = Map.groupBy(all, (key) => this.#parts.keys.sourceOf(key));
    const { writer } = this.#parts;
    await Promise.all([...bySource].map(([source, own]) => writer.invalidate(source, own, options ?? {})));
  }

  /** What is stored, key by key, without the values. */
  entries(options?: ListOptions): AsyncGenerator<ListedEntry> {
    READER.entries.read(options);
    const { prefix = '', signal = NEVER } = options ?? {};
    return list(this.#parts.listing, prefix, undefined, signal);
  }

  async stats(): Promise<ReaderStats> {
    const { samplers } = this.#parts.reporter;
    const reads = [...samplers].map(([name, sampler]) => [name, sampler.reads] as const);
    return { sources: Object.fromEntries(reads), memory: await this.#deps.memory?.usage(NEVER) };
  }

  /** Calls `listener` at each event. Returns what removes it. */
  on<N extends EventName>(name: N, listener: (payload: EventMap[N]) => void): () => void {
    READER.on.read(name, listener);
    return this.#deps.events.on(name, listener);
  }

  /** Idempotent. Reads that come later reject. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { readPath, writer, missHandler, reporter } = this.#parts;
    readPath.close();
    writer.close();
    await missHandler.close();
    await reporter.close();
    await this.#deps.close();
  }
}
