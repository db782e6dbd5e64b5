/** What the settings need to know about the requests of a kind of origin, so that they need not know the kind. */
import type { z } from 'zod';
import type { Params } from '../core/source.ts';

/** A source's request, checked by the schema of its origin's kind. */
export interface SourceRequest {
  /** What stands in `Source.request`. */
  readonly options: object;
  /** How many keys one call can answer. */
  readonly keysPerCall: number;
  /** When the version that all its values share is asked for (cron); undefined without a `versionProbe`. */
  readonly probe: string | undefined;
  /** Why keys with these params cannot be asked for with it; undefined when they can. */
  problem(names: readonly string[]): string | undefined;
  /** Why a key of these params cannot be asked for; undefined when it can. */
  readonly refusal: Refusal;
}

export type Refusal = (params: Params) => string | undefined;

export interface RequestKindDeps<S extends z.ZodType<object>> {
  readonly schema: S;
  readonly keysPerCall: (request: z.output<S>) => number;
  readonly probe: (request: z.output<S>) => string | undefined;
  readonly problem: (request: z.output<S>, names: readonly string[]) => string | undefined;
  /** What params of a key must not be. Called once for each request. */
  readonly refusal: (request: z.output<S>) => Refusal;
}

/** Whatever the params are, there is a call for them. */
export const refusesNone = (): Refusal => () => undefined;

export interface RequestKind {
  /** What may be written. */
  readonly schema: z.ZodType<object>;
  /** The same, transformed into what the settings need. */
  readonly request: z.ZodType<SourceRequest>;
}

export function requestKind<S extends z.ZodType<object>>(deps: RequestKindDeps<S>): RequestKind {
  const { schema, keysPerCall, probe, problem, refusal } = deps;
  const request = schema.transform(
    (options: z.output<S>): SourceRequest => ({
      options,
      keysPerCall: keysPerCall(options),
      probe: probe(options),
      problem: (names) => problem(options, names),
      refusal: refusal(options),
    }),
  );
  return { schema, request };
}
