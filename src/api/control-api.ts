/**
 * The control API: the verbs over HTTP, for programs, people with curl, and the console.
 *
 * `ControlApi` is a service that `src/app` starts in a process with the role `api`. It knows the system only through `Verbs`; a
 * test puts verbs in memory under it. One file of `routes/` serves one noun: it declares path, scope, schemas and description of
 * each route, and calls one verb. What holds for every route is said once: `conventions.ts` (scopes, queries, headers,
 * stopping), `access.ts` (tokens), `idempotency.ts`, `problem.ts` (errors), `server.ts` (limits), `json-bodies.ts`, `openapi.ts`.
 *
 * A request passes: stopping? -> who calls, and may it (`admit`) -> body and schemas -> idempotency key -> the verb -> schemas ->
 * the response is stored under its key -> sent. Whatever is thrown on the way becomes a problem with a code of `core/errors.ts`.
 *
 * What must stay true:
 * - A route without a scope does not start; without tokens, only this machine may call.
 * - Every error is a problem (RFC 9457), and an unexpected one reveals nothing of itself.
 * - Values come from origins: no browser may take one for a page of ours.
 * - A stream ends when its client leaves, or when the process stops.
 *
 * `redis-inbox.ts` is the other way in: invalidations that programs in any language leave on a stream in Redis.
 */
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Service } from '../flow/service.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { refuseUnacceptable } from './acceptable.ts';
import { accessFor, isLoopback } from './access.ts';
import { compressAnswers } from './compression.ts';
import {
  admit,
  completeRoutes,
  giveUpWithClients,
  readLines,
  refuseRepeatedParameters,
  refuseTheRest,
  refuseWhileStopping,
  setHeaders,
} from './conventions.ts';
import { type IdempotencyStore, keepIdempotent } from './idempotency.ts';
import { readJson } from './json-bodies.ts';
import { describeApi } from './openapi.ts';
import type { ApiOptions } from './options.ts';
import { coverageRoutes } from './routes/coverage-routes.ts';
import { deadLetterRoutes } from './routes/dead-letter-routes.ts';
import { entryRoutes } from './routes/entry-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { invalidationRoutes } from './routes/invalidation-routes.ts';
import { maintenanceRoutes } from './routes/maintenance-routes.ts';
import { quarantineRoutes } from './routes/quarantine-routes.ts';
import { referenceRoutes } from './routes/reference-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { scheduleRoutes } from './routes/schedule-routes.ts';
import { statisticsRoutes } from './routes/statistics-routes.ts';
import { valueRoutes } from './routes/value-routes.ts';
import { newServer, type RouteContext, type Server } from './server.ts';
import { closeUnread } from './unread-bodies.ts';

/** By noun, as the verbs are. */
const ROUTES = [
  runRoutes,
  entryRoutes,
  valueRoutes,
  coverageRoutes,
  invalidationRoutes,
  scheduleRoutes,
  statisticsRoutes,
  deadLetterRoutes,
  quarantineRoutes,
  healthRoutes,
  maintenanceRoutes,
  referenceRoutes,
];

export interface ControlApiDeps {
  readonly verbs: Verbs;
  readonly options: Readonly<ApiOptions>;
  readonly clock: Clock;
  readonly events: Events;
  readonly idempotency: IdempotencyStore;
  /** Why this process should be restarted, for `/healthz`; empty while it lives. */
  readonly alive?: () => readonly string[];
}

/**
 * States: stopped -> starting -> listening -> stopping -> stopped. While stopping, requests in hand are answered, event
 * streams end, new requests are refused, and at the deadline every connection is cut.
 */
export class ControlApi implements Service {
  readonly name = 'api';
  readonly #deps: ControlApiDeps;
  readonly #streams = new Set<AbortController>();
  #starting: Promise<Server> | undefined;
  #stopping: Promise<void> | undefined;
  #url: string | undefined;

  constructor(deps: ControlApiDeps) {
    this.#deps = deps;
  }

  /** Where it listens, such as `http://127.0.0.1:7077`; undefined while it does not. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Throws `E_CONFIG_INVALID` or `E_PORT_TAKEN` when it may not, or cannot, listen at the configured place. */
  async start(): Promise<void> {
    this.#starting ??= this.#open();
    await this.#starting;
  }

  async stop(deadline: number): Promise<void> {
    if (this.#starting === undefined) return;
    this.#stopping ??= this.#close(this.#starting, deadline);
    await this.#stopping;
  }

  async #open(): Promise<Server> {
    const { host, port, tokens } = this.#deps.options;
    if (tokens.length === 0 && !isLoopback(host)) {
      throw new ForewarmError(
        'E_CONFIG_INVALID',
        `api.host is "${host}" and api.tokens is empty: whoever reaches this port could do everything; ` +
          'configure a token, or listen on 127.0.0.1',
      );
    }
    const app = await this.#build();
    try {
      // One address, so that there is one server to stop: for the name, the framework listens on several.
      await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
    } catch (cause) {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
      const why = isTaken ? 'another program listens there' : messageOf(cause);
      throw new ForewarmError(
        isTaken ? 'E_PORT_TAKEN' : 'E_CONFIG_INVALID',
        `the control API cannot listen on ${host} port ${port}: ${why}; change api.host or api.port`,
        { cause },
      );
    }
    this.#url = urlOf(app);
    return app;
  }

  async #build(): Promise<Server> {
    const { verbs, clock, events, options, idempotency, alive = () => [] } = this.#deps;
    const { bodyLimit, answerLimit } = options;
    const caching = { maxAge: options.maxAge, scope: options.cache };
    const app = newServer({ bodyLimit, events });
    readJson(app, clock);
    await describeApi(app);
    const methods = completeRoutes(app);
    readLines(app);
    setHeaders(app);
    giveUpWithClients(app);
    refuseWhileStopping(app, () => this.#stopping !== undefined);
    admit(app, accessFor(options.tokens));
    refuseUnacceptable(app);
    refuseRepeatedParameters(app);
    const hold = keepIdempotent(app, { store: idempotency, events });
    closeUnread(app, bodyLimit);
    compressAnswers(app);
    const context: RouteContext = {
      ...{ verbs, clock, events, alive, caching, answerLimit, hold },
      ...{ streams: this.#streams, mostStreams: options.streams },
    };
    for (const addRoutes of ROUTES) addRoutes(app, context);
    refuseTheRest(app, methods);
    return app;
  }

  async #close(starting: Promise<Server>, deadline: number): Promise<void> {
    const { clock } = this.#deps;
    // A start that failed has rejected already; there is nothing to close.
    const app = await starting.catch(() => undefined);
    if (app !== undefined) {
      for (const stream of this.#streams) stream.abort();
      const cut = clock.after(deadline - clock.now(), () => app.server.closeAllConnections());
      await app.close();
      cut.cancel();
    }
    this.#url = undefined;
    this.#starting = undefined;
    this.#stopping = undefined;
  }
}

/** For a server that listens on every address, one that works on this machine. */
function urlOf(app: Server): string {
  const bound = app.server.address();
  const { address, port } = bound === null || typeof bound === 'string' ? { address: '', port: 0 } : bound;
  const name = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
