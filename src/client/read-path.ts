import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Params, Source } from '../core/source.ts';
import { abortable } from '../flow/abortable.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import { type MemoryReads, promiseOf } from './memory-reads.ts';
import type { OfflineReads } from './offline-reads.ts';
import type { ReadOptions } from './reader-options.ts';
import type { StackReads } from './stack-reads.ts';

export interface ReadPathDeps {
  readonly memoryReads: MemoryReads;
  readonly stackReads: StackReads;
  readonly offlineReads: OfflineReads;
  readonly stack: Stack;
  readonly clock: Clock;
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
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#isClosed) return Promise.reject(readerClosed());
    const { memoryReads, stackReads, offlineReads } = this.#deps;
    const hit = memoryReads.hit(key);
    if (hit !== undefined) return promiseOf(hit);
    const offline = options?.offline ?? this.#deps.offline;
    const read = offline ? offlineReads.get(key) : stackReads.get(key, source, params);
    return signal === undefined ? read : abortable(signal, read);
  }

  /** Whether a value is stored, in any tier, that may still be served. Loads nothing. */
  async has(key: string, signal: AbortSignal = NEVER): Promise<boolean> {
    const { stack, clock } = this.#deps;
    const [entry] = await stack.getMany([key], 'head', signal);
    return entry?.head.kind === 'value' && isServable(entry.head, clock.now());
  }

  /** Reads that come later reject. */
  close(): void {
    this.#isClosed = true;
  }
}

export function readerClosed(): ForewarmError {
  return new ForewarmError('E_TIER_CLOSED', 'the reader is closed');
}
