/** What every call of the typed client has in common. */

/** How one call differs from the others of its client. */
export interface CallOptions {
  /** Ends the call, which rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * In ms, in place of the client's. Of a stream: until it begins, and between two pieces of it; of a stream of events the latter is 45 s
   * at least, since nothing may happen for as long.
   */
  readonly timeout?: number | undefined;
  /** Names a `POST`, so that sending it again within 24 hours does it once. */
  readonly idempotencyKey?: string | undefined;
  /** More headers, such as `If-None-Match`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** For an operation that takes nothing. */
export type NoRequest = Readonly<Record<string, never>>;

/** Lines of JSON without their line breaks, such as those of an export. */
export type Lines = Iterable<string> | AsyncIterable<string>;

/** An event of a stream: its name, its id where it has one, and its data. */
export interface ApiEvent<Name extends string, Data> {
  readonly event: Name;
  readonly id: string | undefined;
  readonly data: Data;
}

/** How an operation is sent, and how its answer is read. */
export interface OperationRow {
  readonly method: string;
  /** With `{name}` where a member of the request stands. */
  readonly path: string;
  /** What a request may hold. */
  readonly takes: readonly string[];
  /** Members of the request that stand in the query. */
  readonly query: readonly string[];
  readonly kind: 'json' | 'text' | 'lines' | 'events';
  /** The media type that is asked for. */
  readonly accept: string;
}
