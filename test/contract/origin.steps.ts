/** Steps that clauses, and tests of single origins, are made of. */
import { OriginError } from '../../src/core/errors.ts';
import { KeyTemplate } from '../../src/core/key.ts';
import type { Source } from '../../src/core/source.ts';
import type { Fetched, Known, Origin, OriginRequest } from '../../src/origins/origin.ts';

/** Never aborts. */
export const SIGNAL = new AbortController().signal;

export interface OriginSubject {
  readonly origin: Origin;
  /** Asks for up to ten keys in one call. */
  readonly source: Source;
  /** After how many ms a call of this origin has failed. */
  readonly timeout: number;
}

export function sourceOf(request: unknown, changes: Partial<Source> = {}): Source {
  return {
    name: 'value',
    origin: 'values',
    temperature: 'warm',
    key: KeyTemplate.parse('value:{id}'),
    lifetime: { ttl: 1_000, refreshAhead: 0.8, grace: 0 },
    absentTtl: 1_000,
    absence: 0.1,
    asks: '',
    refusal: () => undefined,
    spread: 0,
    tags: [],
    guard: {
      notEmpty: true,
      require: [],
      minBytes: 0,
      minItems: 0,
      maxBytes: 0,
      contentTypes: [],
      error: undefined,
    },
    format: 'raw',
    miss: { policy: 'none', softDeadline: 0, hardDeadline: 5_000 },
    keysPerCall: 10,
    request,
    ...changes,
  };
}

export async function fetchOne(
  { origin, source }: Pick<OriginSubject, 'origin' | 'source'>,
  known?: Known,
  signal: AbortSignal = SIGNAL,
): Promise<Fetched> {
  const [fetched] = await origin.fetchMany(source, [requestOf('a', known)], signal);
  if (fetched === undefined) throw new Error('no answer');
  return fetched;
}

/** Something is known of the first id only. */
export async function fetchMany(
  { origin, source }: Pick<OriginSubject, 'origin' | 'source'>,
  ids: readonly string[],
  known?: Known,
): Promise<Fetched[]> {
  const requests = ids.map((id, i) => requestOf(id, i === 0 ? known : undefined));
  return origin.fetchMany(source, requests, SIGNAL);
}

export function requestOf(id: string, known?: Known): OriginRequest {
  return { key: `value:${id}`, params: { id }, known };
}

export function textOf(fetched: Fetched | undefined): string {
  if (fetched?.kind !== 'body') throw new Error(`not a body: ${fetched?.kind}`);
  return Buffer.from(fetched.body).toString();
}

/** The `OriginError` that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<OriginError> {
  const thrown = await promise.then(
    (value) => new Error(`it did not reject, but gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof OriginError) return thrown;
  throw thrown;
}
