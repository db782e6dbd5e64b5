/**
 * A client of the control API for programs and web pages: `import { createClient } from 'forewarm/api'`.
 *
 * It has one method for each operation, under its `operationId`: typed after the OpenAPI document, from which `npm run docs` writes
 * `generated/api.ts` (the types, and a table of how each operation is sent). A method takes one object with what stands in path and
 * query, and `body` or `lines`; and the options of the call. It resolves to the answer. Exports and event streams are async iterators,
 * which begin when they are iterated. `respond` gives the response itself, for its headers and bytes.
 *
 * What must stay true:
 * - It runs in a browser as well: nothing here, nor below it, imports a module of Node.
 * - Every wait has a bound. What does not answer by then is an `ApiError` with the code `E_API_UNANSWERED`.
 * - A problem is an `ApiError` with its code, never an answer.
 * - Numbers keep their digits: one that a double would round is what `JSON.rawJSON` makes, `JSON.stringify` writes it again as it was.
 */
import type { Clock } from '../core/clock.ts';
import { ApiError } from './api-error.ts';
import type { ApiEvent, CallOptions, Lines, NoRequest, OperationRow } from './call-shapes.ts';
import { type ApiOperations, OPERATIONS } from './generated/api.ts';
import { checkAddress, checkNames, checkToken } from './request-checks.ts';
import { eventsOf, linesOf } from './streams.ts';
import { type ApiRequest, type Call, jsonOf, Transport } from './transport.ts';
import { wallClock } from './wall-clock.ts';

export type { ApiErrorCode } from './api-error.ts';
export type * from './generated/api.ts';
export { ApiError, type ApiEvent, type CallOptions, type Lines, type NoRequest };

export interface ApiClientOptions {
  /** Where the API listens, such as `http://127.0.0.1:7077`; in a page also a path, or nothing for its own root. */
  readonly url: string;
  /** One of `api.tokens`. */
  readonly token?: string | undefined;
  /** In place of the global one. */
  readonly fetch?: ((address: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Ends every call. */
  readonly signal?: AbortSignal | undefined;
  /** In ms, for an answer; 60,000 unless given. `collect`, `purge` and `validate` may take longer where much is stored. */
  readonly timeout?: number | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
}

export interface ApiClient extends ApiOperations {
  /** The response to an operation, unread: also a 304. Rejects with an `ApiError` where it is a problem. */
  respond<Name extends keyof ApiOperations>(
    name: Name,
    request?: Parameters<ApiOperations[Name]>[0],
    options?: CallOptions,
  ): Promise<Response>;
}

const TIMEOUT_MS = 60_000;

export function createClient(options: ApiClientOptions): ApiClient {
  const { url, token, clock = wallClock, timeout = TIMEOUT_MS } = options;
  checkAddress(url);
  checkToken(token);
  const send = options.fetch ?? ((address, init) => fetch(address, init));
  const transport = new Transport({ url: url.replace(/\/$/, ''), token, fetch: send, clock });
  const callOf = (name: keyof ApiOperations, request: ApiRequest, own: CallOptions): Call => {
    const row = OPERATIONS[name];
    checkNames(name, row, request);
    return {
      ...{ row, request, options: own },
      signal: eitherSignal(options.signal, own.signal),
      timeout: own.timeout ?? timeout,
    };
  };
  const names = Object.keys(OPERATIONS) as (keyof ApiOperations)[];
  const methods = names.map((name) => [
    name,
    (request: ApiRequest = {}, own: CallOptions = {}) =>
      answerTo(transport, OPERATIONS[name].kind, () => callOf(name, request, own)),
  ]);
  const respond: ApiClient['respond'] = async (name, request, own = {}) => {
    const call = callOf(name, (request ?? {}) as ApiRequest, own);
    return transport.bounded(call, call.timeout, (signal) => transport.send(call, signal));
  };
  // Table and types are written together, from one document.
  return { ...(Object.fromEntries(methods) as ApiOperations), respond };
}

function answerTo(transport: Transport, kind: OperationRow['kind'], call: () => Call): unknown {
  if (kind === 'lines') return linesOf(transport, call());
  if (kind === 'events') return eventsOf(transport, call());
  return wholeOf(transport, kind, call);
}

async function wholeOf(transport: Transport, kind: OperationRow['kind'], make: () => Call): Promise<unknown> {
  const call = make();
  return transport.bounded(call, call.timeout, async (signal) => {
    const text = await (await transport.send(call, signal)).text();
    return kind === 'text' ? text : jsonOf(call, text);
  });
}

function eitherSignal(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return AbortSignal.any([a, b]);
}
