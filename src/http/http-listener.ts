import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { http } from '../core/node-http.ts';
import type { Service } from '../flow/service.ts';
import { addressToBind, cannotListen, type ListenPlace } from './listening.ts';
import type { ProcessHealth } from './process-health.ts';
import { ServerState } from './server-state.ts';

/** The metrics of this process as text, in the form that a client accepts best. */
export type MetricsPage = (
  accept: string | undefined,
) => Promise<{ readonly type: string; readonly text: string }>;

export interface HttpListenerDeps {
  readonly place: ListenPlace;
  readonly health: Pick<ProcessHealth, 'live' | 'ready'>;
  readonly metrics: MetricsPage;
  readonly clock: Clock;
  readonly events: Events;
}

/** Probes and scrapers are few, and send little. */
const MOST_CONNECTIONS = 64;
const LONGEST_HEAD = 8_192;
/** How long a request may take to come, an answer to be taken, and a connection to lie idle, in ms. */
const REQUEST_MS = 5_000;
const SOCKET_MS = 10_000;

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Serve = (deps: HttpListenerDeps, request: IncomingMessage) => Promise<Page>;

const PAGES: ReadonlyMap<string, Serve> = new Map<string, Serve>([
  ['/livez', async ({ health }) => reported(health.live(), 'alive')],
  ['/readyz', async ({ health }) => reported(await health.ready(), 'ready')],
  ['/metrics', async ({ metrics }, { headers }) => ({ status: 200, ...(await metrics(headers.accept)) })],
]);

/**
 * Serves `/livez`, `/readyz` and `/metrics` beside whatever a process does, and nothing else. It takes no token and no body. It starts
 * before the other services and stops after them, so that a probe always gets an answer.
 */
export class HttpListener implements Service {
  readonly name = 'http';
  readonly #deps: HttpListenerDeps;
  readonly #state: ServerState;

  constructor(deps: HttpListenerDeps) {
    this.#deps = deps;
    this.#state = new ServerState({ clock: deps.clock, open: () => this.#open() });
  }

  /** Where it listens, such as `http://127.0.0.1:7078`; undefined while it does not. */
  get url(): string | undefined {
    return this.#state.url;
  }

  /** Throws `E_PORT_TAKEN` or `E_CONFIG_INVALID` when it cannot listen at the configured place. */
  start(): Promise<void> {
    return this.#state.start();
  }

  stop(deadline: number): Promise<void> {
    return this.#state.stop(deadline);
  }

  async #open() {
    const { place } = this.#deps;
    const server = this.#build();
    try {
      server.listen({ host: addressToBind(place.host), port: place.port });
      await once(server, 'listening');
    } catch (cause) {
      throw cannotListen('the health listener', 'http', place, cause);
    }
    return { server, close: () => closed(server) };
  }

  #build(): Server {
    const server = http.createServer(
      {
        requestTimeout: REQUEST_MS,
        headersTimeout: REQUEST_MS,
        keepAliveTimeout: SOCKET_MS,
        connectionsCheckingInterval: 1_000,
        maxHeaderSize: LONGEST_HEAD,
        requireHostHeader: false,
      },
      (request, response) => void this.#respond(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.setTimeout(SOCKET_MS, (socket) => socket.destroy());
    server.on('checkExpectation', (request, response) => void this.#respond(request, response));
    return server;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, text, headers } = await this.#pageOf(request);
    // A body that somebody sends is not read, so nothing else can come on this connection.
    const hasBody = 'transfer-encoding' in request.headers || Number(request.headers['content-length']) > 0;
    const isLast = hasBody || this.#state.isStopping;
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(isLast && { connection: 'close' }),
      ...headers,
    });
    response.end(text);
  }

  async #pageOf(request: IncomingMessage): Promise<Page> {
    const path = pathOf(request.url ?? '/');
    const serve = PAGES.get(path);
    if (serve === undefined) return plain(404, `there are ${[...PAGES.keys()].join(', ')}`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { ...plain(405, `${path} takes GET and HEAD`), headers: { allow: 'GET, HEAD' } };
    }
    try {
      return await serve(this.#deps, request);
    } catch (error) {
      this.#deps.events.emit('problem', { where: `http ${path}`, error });
      return plain(500, 'an error that was not foreseen; the log has it under this time');
    }
  }
}

/** Answers that are being sent are sent. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** The path alone, of a target in any form (RFC 9112, 3.2). */
function pathOf(target: string): string {
  const [path = '/'] = target.split(/[?#]/, 1);
  return path.startsWith('/') ? path : (URL.parse(target)?.pathname ?? path);
}

function reported(report: { readonly status: string }, well: string): Page {
  const status = report.status === well ? 200 : 503;
  return { status, type: 'application/json; charset=utf-8', text: `${JSON.stringify(report)}\n` };
}

function plain(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', text: `${text}\n` };
}
