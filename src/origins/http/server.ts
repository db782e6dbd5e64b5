/** The HTTP server of an origin: its connections, kept alive and shared by all calls, and what each call is bounded by. */
import { Pool } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { OriginError } from '../../core/errors.ts';
import { failureOf } from './answer.ts';
import { callHttp, type HttpAnswer, type HttpCall } from './call.ts';

export interface HttpServerOptions {
  readonly url: string;
  /** Calls at the same time, and so connections, where `connections` does not say otherwise. */
  readonly concurrency: number;
  readonly connections?: number | undefined;
  /** Of one call, and of a connection's making, in ms. */
  readonly timeout: number;
  readonly maxBodyBytes: number;
}

export interface HttpServerDeps {
  /** Of the origin. */
  readonly name: string;
  readonly options: HttpServerOptions;
  readonly clock: Clock;
}

export class HttpServer {
  readonly #deps: HttpServerDeps;
  #pool: Pool | undefined;
  #closed = false;

  constructor(deps: HttpServerDeps) {
    this.#deps = deps;
  }

  /** One call; connections are opened by the first. Any complete answer; rejects as `callHttp` does, and retryable once closed. */
  call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, options, name } = this.#deps;
    if (this.#closed) return Promise.reject(new OriginError('retryable', `origin "${name}" is closed`));
    this.#pool ??= new Pool(new URL(options.url).origin, {
      connections: options.connections ?? options.concurrency,
      connectTimeout: options.timeout,
      allowH2: false,
    });
    const { timeout, maxBodyBytes } = options;
    return callHttp(this.#pool, call, { clock, timeout, maxBodyBytes }, signal);
  }

  /** Returns the answer, or throws the `OriginError` that it stands for. */
  whole(answer: HttpAnswer, call: HttpCall): HttpAnswer {
    const failure = failureOf(answer, call, this.#deps.clock.now());
    if (failure !== undefined) throw failure;
    return answer;
  }

  /** Calls in flight reject as retryable. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.destroy();
  }
}
