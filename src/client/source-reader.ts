import { isHashed } from '../core/key.ts';
import { NEVER } from '../core/never.ts';
import type { Params, Source } from '../core/source.ts';
import type { ReadParams } from './keys.ts';
import { type ListedEntry, list } from './listing.ts';
import type { Lookup } from './lookup.ts';
import {
  areUsual,
  type InvalidateOptions,
  type ListOptions,
  type ReadOptions,
  type SetOptions,
  SOURCE_READER,
} from './reader-options.ts';
import type { ReaderParts } from './reader-parts.ts';

/** Reads and writes of one source, by params: its template makes the keys. */
export class SourceReader<T> {
  readonly #source: Source;
  readonly #parts: ReaderParts;

  constructor(source: Source, parts: ReaderParts) {
    this.#source = source;
    this.#parts = parts;
  }

  /** The key of these params. Throws `E_KEY_INVALID` when one is missing. */
  key(params: ReadParams): string {
    return this.#parts.keys.build(this.#source, params);
  }

  /** See `Reader.get`. Rejects with `E_KEY_INVALID` when a param is missing. */
  get(params: ReadParams, options?: ReadOptions): Promise<T | undefined> {
    const refusal = areUsual(options) ? undefined : SOURCE_READER.get.refusal(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { readPath } = this.#parts;
    const read = this.#read(params, (key, known) => readPath.get(key, this.#source, known, options));
    // The caller says what the values of this source are.
    return read as Promise<T | undefined>;
  }

  /** The values of these, in order. */
  getMany(many: readonly ReadParams[], options?: ReadOptions): Promise<(T | undefined)[]> {
    const refusal = SOURCE_READER.getMany.refusal(many, options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return Promise.all(many.map((params) => this.get(params, options)));
  }

  /** See `Reader.lookup`. Rejects with `E_KEY_INVALID` when a param is missing. */
  lookup(params: ReadParams, options?: ReadOptions): Promise<Lookup<T>> {
    const refusal = areUsual(options) ? undefined : SOURCE_READER.lookup.refusal(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { readPath } = this.#parts;
    const read = this.#read(params, (key, known) => readPath.lookup(key, this.#source, known, options));
    // The caller says what the values of this source are.
    return read as Promise<Lookup<T>>;
  }

  /** What is known of these, in order. */
  lookupMany(many: readonly ReadParams[], options?: ReadOptions): Promise<Lookup<T>[]> {
    const refusal = SOURCE_READER.lookupMany.refusal(many, options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return Promise.all(many.map((params) => this.lookup(params, options)));
  }

  /** See `Reader.peek`. */
  peek(params: ReadParams): T | undefined {
    return this.#parts.memoryReads.peek(this.key(params)) as T | undefined;
  }

  /** See `Reader.has`. */
  async has(params: ReadParams, options?: ReadOptions): Promise<boolean> {
    SOURCE_READER.has.read(options);
    return this.#parts.readPath.has(this.key(params), options);
  }

  /**
   * Stores a value, as if it had been fetched now: through every tier, newest wins, and other processes learn of it.
   * Returns false when the tiers know of a newer one. Rejects with `E_BODY_INVALID` for one that the source's format
   * cannot hold or its guard refuses.
   */
  async set(params: ReadParams, value: T, options?: SetOptions): Promise<boolean> {
    SOURCE_READER.set.read(options);
    const [written = false] = await this.#store([[params, value]], options);
    return written;
  }

  async setMany(values: readonly (readonly [ReadParams, T])[], options?: SetOptions): Promise<boolean[]> {
    SOURCE_READER.setMany.read(values, options);
    return this.#store(values, options);
  }

  #store(values: readonly (readonly [ReadParams, T])[], options?: SetOptions): Promise<boolean[]> {
    const { ttl, tags = [], signal } = options ?? {};
    const puts = values.map(([params, value]) => {
      return { key: this.key(params), params: this.#parts.keys.params(this.#source, params), value, tags };
    });
    return this.#parts.writer.set(this.#source, puts, ttl, signal);
  }

  /** Invalidates the values of these params. See `Reader.invalidate`. */
  async invalidate(params: ReadParams | readonly ReadParams[], options?: InvalidateOptions): Promise<void> {
    SOURCE_READER.invalidate.read(options);
    const many = isList(params) ? params : [params];
    const keys = many.map((one) => this.key(one));
    await this.#parts.writer.invalidate(this.#source, keys, options ?? {});
  }

  /** What is stored of this source, key by key, without the values. */
  entries(options?: Pick<ListOptions, 'signal'>): AsyncGenerator<ListedEntry> {
    SOURCE_READER.entries.read(options);
    return list(this.#parts.listing, this.#source.key.prefix, this.#source, options?.signal ?? NEVER);
  }

  /** Params are passed on only where the key does not hold them; copied, since the caller may change them before they are used. */
  #read<R>(params: ReadParams, read: (key: string, known: Params | undefined) => Promise<R>): Promise<R> {
    try {
      const key = this.key(params);
      return read(key, isHashed(key) ? this.#parts.keys.params(this.#source, params) : undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function isList(params: ReadParams | readonly ReadParams[]): params is readonly ReadParams[] {
  return Array.isArray(params);
}
