/** The types of an origin that is a user's own module, for those who write one in TypeScript. */
import type { Params } from '../../core/source.ts';
import type { Known } from '../origin.ts';

/** What a call is about: a name, and the `options` that the configuration gives it. */
export interface ModuleSubject {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ModuleRequest {
  readonly key: string;
  readonly params: Params;
  /** What is known of the stored value, to answer "unchanged" by; undefined when there is none. */
  readonly known: Known | undefined;
}

/** The answer to one request. What is thrown, or given as `error`, is tried again, unless it has `permanent: true`. */
export type ModuleAnswer =
  | {
      readonly kind: 'body';
      /** Bytes as they are; anything else is written in the format of the source. */
      readonly body: unknown;
      readonly contentType?: string;
      readonly etag?: string;
      readonly lastModified?: string;
      readonly version?: string;
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'error'; readonly error: unknown };

export interface OriginModule {
  /** One answer to each request, in order. `signal` aborts when nobody waits any more. */
  fetchMany(call: {
    readonly origin: ModuleSubject;
    readonly source: ModuleSubject;
    readonly requests: readonly ModuleRequest[];
    readonly signal: AbortSignal;
  }): readonly ModuleAnswer[] | Promise<readonly ModuleAnswer[]>;
  /** The version that all values of the source share; for sources with a `versionProbe`. */
  versionOf?(call: {
    readonly origin: ModuleSubject;
    readonly source: ModuleSubject;
    readonly signal: AbortSignal;
  }): string | Promise<string>;
  /** Resolves when the origin answers; for `doctor`. */
  probe?(call: { readonly origin: ModuleSubject; readonly signal: AbortSignal }): void | Promise<void>;
  /** Lets go of connections. */
  close?(): void | Promise<void>;
}

/** The same object, with its types checked: `export default defineOrigin({ fetchMany })`. */
export function defineOrigin(module: OriginModule): OriginModule {
  return module;
}
