/**
 * The contract of an origin: a system values are fetched from. One `fetchMany` is one call against the budget, for at
 * most `source.keysPerCall` keys. The caller holds a permit for it and owns the deadline through `signal`.
 */
import { OriginError } from '../core/errors.ts';
import type { Params, Source } from '../core/source.ts';

/** What is stored already, so that the origin may answer `unchanged`. */
export interface Known {
  readonly etag?: string;
  readonly lastModified?: string;
  readonly version?: string;
}

export interface OriginRequest {
  readonly key: string;
  readonly params: Params;
  readonly known: Known | undefined;
}

/** A value, boxed: it may be `undefined`, or `null`. */
export interface Parsed {
  readonly value: unknown;
}

export interface FetchedBody {
  readonly kind: 'body';
  readonly body: Uint8Array;
  readonly contentType?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly version?: string;
  /** What a `json` or `msgpack` body says, where the origin knows it already: guards need not parse it again. */
  readonly parsed?: Parsed;
}

/** A body; `unchanged` (304 or the same version: extend, do not rewrite); `absent` (there is no such value). */
export type Fetched =
  | FetchedBody
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' }
  /** This key of a batch failed, the others did not. */
  | { readonly kind: 'error'; readonly error: OriginError };

export interface Origin {
  readonly name: string;
  /**
   * One answer per request, in order. Rejects with an `OriginError` when the call as a whole failed, and with the
   * signal's reason once it aborts.
   */
  fetchMany(source: Source, requests: readonly OriginRequest[], signal: AbortSignal): Promise<Fetched[]>;
  /**
   * The version that all values of this source share, as its `versionProbe` asks for it: one light call against the
   * budget. Rejects as `fetchMany` does; a source without a probe, or an answer without a version, is permanent.
   */
  versionOf(source: Source, signal: AbortSignal): Promise<string>;
  /** Is it there? One light call, for `doctor`. Rejects with an `OriginError`. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What `versionOf` rejects with for a source that has no probe. */
export function noProbe(source: Source): OriginError {
  return new OriginError('permanent', `source "${source.name}" has no \`request.versionProbe\``);
}
