/**
 * One HTTP call, from dispatch to the last byte of its answer. Written on undici's `dispatch`, which hands over chunks as
 * they come and needs no stream, no URL and no AbortController per call.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Clock, Timer } from '../../core/clock.ts';
import { NO_BODY } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import type { ErrorType } from '../../core/http-terms.ts';
import { formatDuration, formatSize } from '../../core/units.ts';
import { shown } from '../words.ts';
import { AnswerHeaders } from './headers.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | undefined;
  /** What nobody may see of its headers, query and body. */
  readonly secrets: readonly string[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

export interface CallLimits {
  /** Scheme, host and port that are called. */
  readonly origin: string;
  readonly clock: Clock;
  /** From dispatch to the last byte, in ms. */
  readonly timeout: number;
  readonly maxBodyBytes: number;
  /** Called once, when the call is over. */
  readonly onEnd: (ended: Ended) => void;
}

/** How a call ended: the status that came, if one did, and why it was not an answer as a whole. */
export interface Ended {
  readonly status: number | undefined;
  readonly error: ErrorType | undefined;
  /** From dispatch to the last byte. */
  readonly ms: number;
}

/**
 * Resolves with any complete answer, whatever its status. Rejects with an `OriginError` when there is none, and with the
 * signal's reason once it aborts; either way the call is over at the origin's side too, or its connection is closed.
 */
export function callHttp(
  pool: Dispatcher,
  call: HttpCall,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const exchange = new Exchange({ call, limits, signal, resolve, reject });
    exchange.start(pool);
  });
}

/** How messages name a call: without its query, which can hold secrets. */
export function nameOf(call: HttpCall): string {
  const query = call.path.indexOf('?');
  return `${call.method} ${query < 0 ? call.path : call.path.slice(0, query)}`;
}

interface ExchangeDeps {
  readonly call: HttpCall;
  readonly limits: CallLimits;
  readonly signal: AbortSignal;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #deps: ExchangeDeps;
  #timer: Timer | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #began = 0;
  #headers = new AnswerHeaders({});
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;

  constructor(deps: ExchangeDeps) {
    this.#deps = deps;
  }

  start(pool: Dispatcher): void {
    const { call, limits, signal } = this.#deps;
    this.#began = limits.clock.elapsed();
    this.#timer = limits.clock.after(limits.timeout, () => {
      const error = new OriginError(
        'retryable',
        `${nameOf(call)} did not end within ${formatDuration(limits.timeout)}`,
      );
      this.#fail(error, error, 'timeout');
    });
    signal.addEventListener('abort', this);
    // undici only reads the headers; its type does not say so.
    const headers = call.headers as string[];
    const { method, path, body = null } = call;
    const { origin } = limits;
    pool.dispatch({ origin, method, path, headers, body, headersTimeout: 0, bodyTimeout: 0 }, this);
  }

  /** The signal has aborted: the form of `EventListenerObject`, which needs no closure per call. */
  handleEvent(): void {
    const { reason } = this.#deps.signal;
    this.#fail(reason, reason instanceof Error ? reason : new Error('aborted'), 'cancelled');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('the call is over'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = new AnswerHeaders(headers);
    if (Number(this.#headers.get('content-length')) > this.#deps.limits.maxBodyBytes) this.#overflow();
    else this.#leaveFailing();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#deps.limits.maxBodyBytes) this.#overflow();
    else {
      this.#chunks.push(chunk);
      this.#leaveFailing();
    }
  }

  onResponseEnd(): void {
    if (!this.#end()) return;
    const answer = this.#answer();
    afterOneMoreLook(() => this.#deps.resolve(answer));
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(translate(error, this.#deps.call), undefined, typeOf(error));
  }

  /**
   * Servers that fail are those that answer more than they were asked: once the answer is whole by its own length, the connection
   * is left, and nothing that follows on it is taken for another answer.
   */
  #leaveFailing(): void {
    const length = this.#headers.get('content-length');
    const isFailure = this.#status >= 400 && this.#status !== 404 && this.#status !== 410;
    if (!isFailure || length === undefined || this.#bytes < Number(length) || !this.#end()) return;
    this.#deps.resolve(this.#answer());
    this.#controller?.abort(new Error('the answer is whole'));
  }

  #answer(): HttpAnswer {
    return { status: this.#status, headers: this.#headers, body: joined(this.#chunks) };
  }

  /** Of a response that has no value anyway, the status is enough. */
  #overflow(): void {
    const { call, limits, resolve } = this.#deps;
    const message = `${nameOf(call)} answered more than ${formatSize(limits.maxBodyBytes)} (maxBodyBytes)`;
    const error = new OriginError('permanent', message, { refusesBatch: true });
    if (this.#status < 300) this.#fail(error, error, 'too_large');
    else if (this.#end()) {
      resolve({ status: this.#status, headers: this.#headers, body: NO_BODY });
      this.#controller?.abort(error);
    }
  }

  #fail(reason: unknown, abort: Error | undefined, type: ErrorType): void {
    if (!this.#end(type)) return;
    this.#deps.reject(reason);
    if (abort !== undefined) this.#controller?.abort(abort);
  }

  /** True once. */
  #end(error?: ErrorType): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    const { clock, onEnd } = this.#deps.limits;
    onEnd({ status: this.#status || undefined, error, ms: clock.elapsed() - this.#began });
    this.#timer?.cancel();
    this.#deps.signal.removeEventListener('abort', this);
    return true;
  }
}

/**
 * A server that answers once more than it was asked would have that taken for the answer to the next call on the connection, which
 * HTTP/1.1 gives no way to tell. undici closes a connection that says something while nothing is asked: so the caller, and with
 * it the place of the next call, waits until the sockets were looked at once more. Two turns: the first ends the look that
 * brought this answer. What comes later than that is not seen.
 */
function afterOneMoreLook(act: () => void): void {
  setImmediate(() => setImmediate(act));
}

function joined(chunks: readonly Buffer[]): Uint8Array {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** What undici's words stand for, where they are its own business. */
const MEANINGS: Readonly<Record<string, string>> = {
  'bad response': 'it answered "100 Continue", which nobody asked for',
  'bad upgrade': 'it answered "101 Switching Protocols", which nobody asked for',
};
const NO_STATUS = 'its status is none of HTTP, which has 100 to 599';

/** What undici's errors count as. */
const TYPES: Readonly<Record<string, ErrorType>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_DESTROYED: 'cancelled',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_INVALID_ARG: '_OTHER',
};

function typeOf({ code = '' }: Error & { readonly code?: string }): ErrorType {
  return TYPES[code] ?? 'connection';
}

/** Everything is retryable except a request that cannot be sent at all. */
function translate(error: Error & { readonly code?: string }, call: HttpCall): OriginError {
  const { code } = error;
  const permanent = code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_HEADERS_OVERFLOW';
  const said = messageOf(error).replace(/\n.*/s, '');
  const why = code === 'ERR_ASSERTION' ? NO_STATUS : (MEANINGS[said] ?? shown(said, call.secrets));
  const message = `${nameOf(call)} failed: ${why}${code === undefined || why.includes(code) ? '' : ` (${code})`}`;
  return new OriginError(permanent ? 'permanent' : 'retryable', message, {
    cause: error,
    refusesBatch: permanent,
  });
}
