import type { Stamp } from '../core/entry.ts';
import { isHashed } from '../core/key.ts';
import type { Params, Source } from '../core/source.ts';
import { type Keys, type ReadParams, textsOf } from './keys.ts';
import type { ListedEntry } from './listing.ts';
import type { InvalidateOptions, ReadOptions } from './reader-options.ts';
import type { Put } from './writer.ts';

/** What a reader of one source needs of the reader. */
export interface SourceHandle {
  readonly keys: Keys;
  get(
    key: string,
    source: Source,
    params: Params | undefined,
    options: ReadOptions | undefined,
  ): Promise<unknown>;
  peek(key: string): unknown;
  has(key: string, options: ReadOptions | undefined): Promise<boolean>;
  set(
    source: Source,
    puts: readonly Put[],
    ttl: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean[]>;
  invalidate(source: Source, keys: readonly string[], options: InvalidateOptions | undefined): Promise<Stamp>;
  entries(source: Source, signal: AbortSignal | undefined): AsyncGenerator<ListedEntry>;
}

export interface SetOptions {
  /** How long the value is fresh, in ms. Absent: the source's ttl. */
  readonly ttl?: number;
  readonly signal?: AbortSignal;
}

/** Reads and writes of one source, by params: its template makes the keys. */
export class SourceReader<T> {
  readonly #source: Source;
  readonly #handle: SourceHandle;

  constructor(source: Source, handle: SourceHandle) {
    this.#source = source;
    this.#handle = handle;
  }

  /** The key of these params. Throws `E_KEY_INVALID` when one is missing. */
  key(params: ReadParams): string {
    return this.#handle.keys.build(this.#source, params);
  }

  /** See `Reader.get`. Rejects with `E_KEY_INVALID` when a param is missing. */
  get(params: ReadParams, options?: ReadOptions): Promise<T | undefined> {
    try {
      const key = this.key(params);
      const known = isHashed(key) ? textsOf(params) : undefined;
      // The caller says what the values of this source are.
      return this.#handle.get(key, this.#source, known, options) as Promise<T | undefined>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The values of these, in order. */
  getMany(many: readonly ReadParams[], options?: ReadOptions): Promise<(T | undefined)[]> {
    return Promise.all(many.map((params) => this.get(params, options)));
  }

  /** See `Reader.peek`. */
  peek(params: ReadParams): T | undefined {
    return this.#handle.peek(this.key(params)) as T | undefined;
  }

  /** Whether a value is stored, in any tier, that may still be served. Fetches nothing. */
  async has(params: ReadParams, options?: ReadOptions): Promise<boolean> {
    return this.#handle.has(this.key(params), options);
  }

  /**
   * Stores a value, as if it had been fetched now: through every tier, newest wins, and other processes hear of it.
   * Answers false when the tiers know of a newer one. Rejects with `E_BODY_INVALID` for one that the source's format
   * cannot hold or its guard refuses.
   */
  async set(params: ReadParams, value: T, options: SetOptions = {}): Promise<boolean> {
    const [written = false] = await this.setMany([[params, value]], options);
    return written;
  }

  async setMany(
    values: readonly (readonly [ReadParams, T])[],
    { ttl, signal }: SetOptions = {},
  ): Promise<boolean[]> {
    const puts = values.map(([params, value]) => ({ key: this.key(params), params: textsOf(params), value }));
    return this.#handle.set(this.#source, puts, ttl, signal);
  }

  /** Invalidates the values of these params. See `Reader.invalidate`. */
  async invalidate(params: ReadParams | readonly ReadParams[], options?: InvalidateOptions): Promise<void> {
    const many = isList(params) ? params : [params];
    const keys = many.map((one) => this.key(one));
    await this.#handle.invalidate(this.#source, keys, options);
  }

  /** What is stored of this source, key by key, without the values. */
  entries({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<ListedEntry> {
    return this.#handle.entries(this.#source, signal);
  }
}

function isList(params: ReadParams | readonly ReadParams[]): params is readonly ReadParams[] {
  return Array.isArray(params);
}
