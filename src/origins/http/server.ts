/** The HTTP server of an origin: its connections, kept alive and shared by all calls, and what each call is bounded by. */
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { OriginError } from '../../core/errors.ts';
import type { EventMap } from '../../core/events.ts';
import { methodTerm, statusTerm } from '../../core/http-terms.ts';
import { failureOf, type Reading } from './answer.ts';
import { callHttp, type Ended, type HttpAnswer, type HttpCall, nameOf } from './call.ts';
import { decoded } from './content-coding.ts';
import { proxyOf } from './proxy.ts';
import { type QuotaHint, quotaOf } from './throttle.ts';

export interface HttpServerOptions {
  readonly url: string;
  /** Sent with every call: secrets, all of them. */
  readonly query: Readonly<Record<string, string>>;
  /** Calls at the same time, and so connections, where `connections` does not say otherwise. */
  readonly concurrency: number;
  readonly connections?: number | undefined;
  /** Of one call, and of a connection's making, in ms. */
  readonly timeout: number;
  readonly maxBodyBytes: number;
  readonly throttledBy: readonly number[];
  readonly proxy?: string | undefined;
}

export interface HttpServerDeps {
  /** Of the origin. */
  readonly name: string;
  readonly options: HttpServerOptions;
  readonly clock: Clock;
}

/** What an origin behind an HTTP server may be given beside the rest. */
export interface HttpListener {
  /** Called when the server says how many calls are left. */
  readonly onQuota?: (quota: QuotaHint) => void;
  /** Called when a request is over, however it ended. */
  readonly onRequest?: (request: EventMap['http:called']) => void;
}

export class HttpServer {
  readonly #deps: HttpServerDeps & HttpListener;
  readonly #place: Pick<EventMap['http:called'], 'server_address' | 'server_port'>;
  /** Scheme, host and port. */
  readonly #origin: string;
  #dispatcher: Dispatcher | undefined;
  #closed = false;

  constructor(deps: HttpServerDeps & HttpListener) {
    this.#deps = deps;
    const { hostname, port, protocol, origin } = new URL(deps.options.url);
    this.#origin = origin;
    this.#place = { server_address: hostname, server_port: port || (protocol === 'https:' ? '443' : '80') };
  }

  /**
   * One call, whose body comes back without its codings; connections are opened by the first. Any complete answer; rejects as
   * `callHttp` does, and retryable once closed.
   */
  async call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, name } = this.#deps;
    if (this.#closed) throw new OriginError('retryable', `origin "${name}" is closed`);
    this.#dispatcher ??= this.#open();
    const answer = await this.#told(this.#dispatcher, call, signal);
    const quota = quotaOf(answer.headers, clock.now());
    if (quota !== undefined) this.#deps.onQuota?.(quota);
    const codings = answer.headers.get('content-encoding');
    if (codings === undefined || answer.status === 304) return answer;
    return { ...answer, body: await this.#decoded(answer, codings, call) };
  }

  /** Returns the answer, or throws the `OriginError` that it stands for. */
  whole(answer: HttpAnswer, call: HttpCall): HttpAnswer {
    const failure = failureOf(answer, call, this.reading(call));
    if (failure !== undefined) throw failure;
    return answer;
  }

  /** How answers to this call are read. */
  reading(call: HttpCall): Reading {
    const { clock, options } = this.#deps;
    return { now: clock.now(), throttledBy: options.throttledBy, secrets: call.secrets };
  }

  /** Calls in flight reject as retryable. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#dispatcher?.destroy();
  }

  /** Told where it is waited for: the connection, which sees the end first, may have been opened in another trace. */
  async #told(pool: Dispatcher, call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, options } = this.#deps;
    const { timeout, maxBodyBytes } = options;
    let over: Ended | undefined;
    const onEnd = (ended: Ended) => {
      over = ended;
    };
    try {
      return await callHttp(
        pool,
        call,
        { origin: this.#origin, clock, timeout, maxBodyBytes, onEnd },
        signal,
      );
    } finally {
      this.#tell(call, over);
    }
  }

  /** Of a call that was not begun there is no end. */
  #tell({ method }: HttpCall, ended: Ended | undefined): void {
    if (ended === undefined) return;
    const { status, error, ms } = ended;
    const http_response_status_code = statusTerm(status);
    const told = status !== undefined && status >= 400 ? http_response_status_code : '';
    const request = { http_request_method: methodTerm(method), ...this.#place, http_response_status_code };
    this.#deps.onRequest?.({ ...request, error_type: error ?? told, ms });
  }

  #open(): Dispatcher {
    const { options } = this.#deps;
    const limits = {
      connections: options.connections ?? options.concurrency,
      connectTimeout: options.timeout,
      allowH2: false,
    };
    const proxy = proxyOf(options.proxy);
    return proxy === undefined ? new Pool(this.#origin, limits) : new ProxyAgent({ ...limits, uri: proxy });
  }

  /** What a failure says is of no use where it cannot be decoded, and its status is enough. */
  async #decoded(answer: HttpAnswer, codings: string, call: HttpCall): Promise<Uint8Array> {
    const decoding = decoded(
      answer.body,
      codings,
      this.#deps.options.maxBodyBytes,
      nameOf(call),
      call.secrets,
    );
    return answer.status < 300 ? decoding : decoding.catch(() => new Uint8Array(0));
  }
}
