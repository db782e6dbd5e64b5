import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Params, Source } from '../core/source.ts';
import { abortable } from '../flow/abortable.ts';
import { type Found, readerValue } from './found.ts';
import { type Lookup, lookupOf } from './lookup.ts';
import { type MemoryReads, promiseOf } from './memory-reads.ts';
import type { OfflineReads } from './offline-reads.ts';
import type { ReadOptions } from './reader-options.ts';
import type { StackReads } from './stack-reads.ts';
import type { StoredValues } from './stored-values.ts';

export interface ReadPathDeps {
  readonly memoryReads: MemoryReads;
  readonly stackReads: StackReads;
  readonly offlineReads: OfflineReads;
  readonly storedValues: StoredValues;
  readonly clock: Clock;
  /** The name of the memory tier. */
  readonly memory: { readonly name: string } | undefined;
  /** Every read is offline, unless it says otherwise. */
  readonly offline: boolean;
}

/** Where a read goes: to memory, at once; else down the stack, or to the tiers of this host. */
export class ReadPath {
  readonly #deps: ReadPathDeps;
  #isClosed = false;

  constructor(deps: ReadPathDeps) {
    this.#deps = deps;
  }

  /** `source` and `params` as far as the caller knows them. */
  get(
    key: string,
    source: Source | undefined,
    params: Params | undefined,
    options: ReadOptions | undefined,
  ): Promise<unknown> {
    const refusal = this.#refusal(options?.signal);
    if (refusal !== undefined) return refusal;
    const hit = this.#deps.memoryReads.hit(key);
    if (hit !== undefined) return promiseOf(hit);
    return this.#below(key, source, params, options).then(readerValue);
  }

  /** As `get`, with what is known beside the value, or in its place. */
  lookup(
    key: string,
    source: Source | undefined,
    params: Params | undefined,
    options: ReadOptions | undefined,
  ): Promise<Lookup> {
    const refusal = this.#refusal(options?.signal);
    if (refusal !== undefined) return refusal;
    const { memoryReads, memory, clock } = this.#deps;
    const decoded = memoryReads.hit(key);
    if (decoded !== undefined)
      return Promise.resolve(lookupOf({ decoded, tier: memory?.name ?? '' }, clock.now()));
    return this.#below(key, source, params, options).then((found) => lookupOf(found, clock.now()));
  }

  /** Whether a value is stored, in any tier, that may still be served. Loads nothing. */
  has(key: string, options: ReadOptions | undefined): Promise<boolean> {
    const signal = options?.signal;
    const refusal = this.#refusal(signal);
    if (refusal !== undefined) return refusal;
    const offline = options?.offline ?? this.#deps.offline;
    const has = this.#deps.storedValues.has(key, offline).catch(this.#told);
    return signal === undefined ? has : abortable(signal, has);
  }

  /** Reads that come later reject. */
  close(): void {
    this.#isClosed = true;
  }

  #below(
    key: string,
    source: Source | undefined,
    params: Params | undefined,
    options: ReadOptions | undefined,
  ): Promise<Found> {
    const { stackReads, offlineReads } = this.#deps;
    const offline = options?.offline ?? this.#deps.offline;
    const found = offline ? offlineReads.get(key) : stackReads.get(key, source, params);
    const read = found.catch(this.#told);
    return options?.signal === undefined ? read : abortable(options.signal, read);
  }

  /** A read that is under way as the reader closes finds tiers that are closed, of which its caller knows nothing. */
  readonly #told = (error: unknown): never => {
    throw this.#isClosed && codeOf(error) === 'E_TIER_CLOSED' ? readerClosed() : error;
  };

  /** Undefined where a read may begin: nothing is allocated for it then. */
  #refusal(signal: AbortSignal | undefined): Promise<never> | undefined {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return this.#isClosed ? Promise.reject(readerClosed()) : undefined;
  }
}

export function readerClosed(): ForewarmError {
  return new ForewarmError('E_TIER_CLOSED', 'the reader is closed');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ForewarmError ? error.code : undefined;
}
