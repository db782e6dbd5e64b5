/**
 * The contract of an origin: a system values are fetched from.
 *
 * How the folder works: each kind of origin has a folder of its own, and one record in `kinds.ts` with its options, what a
 * source's `request` may hold, and how it is opened. An origin turns a source's request and the params of keys into a call, and
 * what comes back into one answer per key; it stores nothing and decides nothing. `guard.ts` judges bodies, whatever the kind.
 * `template.ts` fills params into requests, `json-path.ts` takes answers apart, `words.ts` reads what servers say of failures,
 * `fields.ts` has the options that kinds share. Within `http/`, headers are read by `headers.ts` and every way to say "slow down" by
 * `throttle.ts`, and nowhere else.
 *
 * For an entity set an origin may give a list, page by page (`ListPages`); `list-kind.ts` says what the settings need of that.
 *
 * Who calls it: the origin caller of `src/warming`, for workers and readers alike; `doctor` and `bench` probe and time it.
 *
 * What must stay true:
 * - One `fetchMany`, and one page of a list, is one call against the budget; of keys, for at most `source.keysPerCall` keys. The caller holds a permit for it and
 *   owns the deadline through `signal`. So an origin repeats nothing by itself: a retry needs a permit of its own.
 * - Foreign errors become an `OriginError` here and nowhere else: retryable, throttled (with when to come back) or permanent.
 *   One bad key of a batch is an `error` of that key; the others are answered.
 * - Bytes that an origin gives are kept as they are, but for a content coding and a byte order mark before JSON; only what is taken
 *   out of a larger answer is serialized again, with every digit of its numbers.
 * - Messages leave out where secrets stand: the query of a URL, headers, values that a database quotes.
 * - Opening an origin connects nothing; the first call does. What is heavy is imported by then.
 */
import type { Clock } from '../core/clock.ts';
import { OriginError } from '../core/errors.ts';
import type { ListLimits, ListValidators } from '../core/list.ts';
import type { Params, Source } from '../core/source.ts';
import type { ValueMetadata } from '../core/validators.ts';

/** What an origin of any kind is given. */
export interface OriginDeps<Options> {
  readonly name: string;
  readonly options: Options;
  readonly clock: Clock;
}

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

/** A value, boxed since it may be `undefined` or `null`. */
export interface Parsed {
  readonly value: unknown;
}

export interface FetchedBody extends ValueMetadata {
  readonly kind: 'body';
  readonly body: Uint8Array;
  /** The value of a `json` or `msgpack` body, where the origin has parsed it already, so that guards need not. */
  readonly parsed?: Parsed;
  /** Of a vector whose length nobody has configured: how many numbers it has. Those of one source have as many. */
  readonly numbers?: number;
  /** What the call carried, and the body may repeat: not to be shown. */
  readonly secrets?: readonly string[];
}

/** A body; `unchanged` (304 or the same version: extend, do not rewrite); `absent` (there is no such value). */
export type Fetched =
  | FetchedBody
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'absent';
      /** What makes this answer doubtful, for people: "the batch answer leaves it out". */
      readonly doubt?: string;
    }
  /** This key of a batch failed, the others did not. */
  | { readonly kind: 'error'; readonly error: OriginError };

/** What an entity set asks for. */
export interface ListRequest {
  /** The entity set. */
  readonly set: string;
  /** Checked by the schema of the origin's kind. */
  readonly options: object;
  readonly known: ListValidators | undefined;
  readonly limits: Pick<ListLimits, 'rows' | 'bytes'>;
}

/** `changed`: the list is another one than when its first page was read, or is cut short. */
export type ListAnswer =
  | {
      readonly kind: 'page';
      readonly rows: readonly unknown[];
      readonly bytes: number;
      readonly isLast: boolean;
      /** Of the list as a whole. */
      readonly validators: ListValidators | undefined;
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly reason: string };

export interface ListPages {
  /**
   * The next page: one call. Rejects as `fetchMany` does, and then gives the same page when it is called again. Not to be called
   * after the last one.
   */
  next(signal: AbortSignal): Promise<ListAnswer>;
}

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
  /** The pages of a list, from the first. Nothing is asked yet. Throws a permanent `OriginError` where this kind gives no lists. */
  listPages(list: ListRequest): ListPages;
  /** One light call, for `doctor`, to see whether the origin is there. Rejects with an `OriginError`. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What `versionOf` rejects with for a source that has no probe. */
export function noProbe(source: Source): OriginError {
  return new OriginError('permanent', `source "${source.name}" has no \`request.versionProbe\``);
}

/** What `listPages` throws at an origin that gives no lists. */
export function noLists(origin: string, { set }: ListRequest): OriginError {
  return new OriginError('permanent', `origin "${origin}" gives no lists, and entity set "${set}" needs one`);
}
