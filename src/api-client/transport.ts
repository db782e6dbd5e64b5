/** One request and its answer: addresses, headers, bodies, the bound of the wait, and what failed as an `ApiError`. */
import type { Clock } from '../core/clock.ts';
import { parseExactly } from '../core/exact-json.ts';
import { within } from '../flow/deadline.ts';
import { ApiError, errorOf } from './api-error.ts';
import type { CallOptions, Lines, OperationRow } from './call-shapes.ts';
import { checkHeaders } from './request-checks.ts';

export interface TransportDeps {
  /** Without a slash at its end; empty in a page that the API serves. */
  readonly url: string;
  readonly token: string | undefined;
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

/** A request by the names that the document has for its parts; `body` and `lines` are its body. */
export type ApiRequest = Readonly<Record<string, unknown>>;

/** An operation, with what it is asked, and how long. */
export interface Call {
  readonly row: OperationRow;
  readonly request: ApiRequest;
  readonly options: CallOptions;
  readonly signal: AbortSignal | undefined;
  /** In ms. */
  readonly timeout: number;
}

/** Characters of lines that one request sends. */
const MOST_SENT = 2 ** 28;

export class Transport {
  readonly clock: Clock;
  readonly #deps: TransportDeps;

  constructor(deps: TransportDeps) {
    this.#deps = deps;
    this.clock = deps.clock;
  }

  /** What a call needs of its answer, within `ms`. Rejects with an `ApiError`, or with the reason of the call's signal. */
  async bounded<T>(call: Call, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = () => unanswered(`${nameOf(call)}: no answer within ${ms} ms`);
    try {
      return await within(this.clock, ms, work, late, call.signal);
    } catch (error) {
      if (error instanceof ApiError || call.signal?.aborted) throw error;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unanswered(`${nameOf(call)}: no answer from ${this.#deps.url || 'this page'}: ${why}`, error);
    }
  }

  /** The answer to a request. Rejects with an `ApiError` where it is a problem. */
  async send(call: Call, signal: AbortSignal, lastEventId?: string): Promise<Response> {
    const { row, request } = call;
    const body = await bodyOf(request);
    const type = request.lines === undefined ? 'application/json' : 'application/x-ndjson';
    const answer = await this.#deps.fetch(this.#deps.url + targetOf(call), {
      method: row.method,
      headers: this.#headersOf(call, {
        ...(body !== undefined && { 'content-type': type }),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      }),
      // A token goes nowhere else.
      redirect: 'error',
      signal,
      ...(body !== undefined && { body }),
    });
    if (answer.ok || answer.status === 304) return answer;
    throw await errorOf(nameOf(call), answer);
  }

  #headersOf({ row, options }: Call, own: Readonly<Record<string, string>>): Record<string, string> {
    const { token } = this.#deps;
    const headers = {
      accept: `${row.accept}, application/problem+json`,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }),
      ...own,
      ...options.headers,
    };
    checkHeaders(headers);
    return headers;
  }
}

export function nameOf({ row }: Call): string {
  return `${row.method} ${row.path}`;
}

/** What a text says that should be JSON. */
export function jsonOf(call: Call, text: string): unknown {
  try {
    return parseExactly(text);
  } catch (cause) {
    throw unanswered(
      `${nameOf(call)}: what came is no JSON; check the URL, and the proxy in front: ${JSON.stringify(text.slice(0, 200))}`,
      cause,
    );
  }
}

export function unanswered(message: string, cause?: unknown): ApiError {
  return new ApiError('E_API_UNANSWERED', message, { cause });
}

/** Path and query. */
function targetOf({ row, request }: Call): string {
  const path = row.path.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name, request[name]));
  const query = new URLSearchParams();
  for (const name of row.query) {
    const value = request[name];
    if (value !== undefined && value !== null) query.append(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** URLs take `.` and `..` out of a path, percent-encoded or not (WHATWG URL, 4.4), and hold no half of a surrogate pair. */
function segmentOf(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed()) {
    const shown = JSON.stringify(value) ?? 'undefined';
    throw new ApiError('E_REQUEST_INVALID', `${name}: ${shown} cannot stand in a path`);
  }
  return encodeURIComponent(text);
}

async function bodyOf({ body, lines }: ApiRequest): Promise<string | undefined> {
  if (lines !== undefined) return gathered(lines as Lines);
  return body === undefined ? undefined : JSON.stringify(body);
}

/** Whole, since browsers stream no body over HTTP/1.1. */
async function gathered(lines: Lines): Promise<string> {
  const all: string[] = [];
  let length = 0;
  for await (const line of lines) {
    all.push(line, '\n');
    length += line.length + 1;
    if (length > MOST_SENT) {
      throw new ApiError(
        'E_TOO_LARGE',
        `the lines have more than ${MOST_SENT} characters; send them in parts`,
      );
    }
  }
  return all.join('');
}
