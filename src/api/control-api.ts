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
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Service } from '../flow/service.ts';
import type { MetricsPage } from '../http/http-listener.ts';
import { addressToBind, cannotListen } from '../http/listening.ts';
import type { ProcessHealth } from '../http/process-health.ts';
import { ServerState } from '../http/server-state.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { refuseUnacceptable } from './acceptable.ts';
import { type Access, accessFor, isLoopback } from './access.ts';
import type { BoardSource } from './bull-board/board-source.ts';
import { Sessions } from './bull-board/sessions.ts';
import { compressAnswers } from './compression.ts';
import type { ConsoleOptions } from './console-options.ts';
import type { ConsolePages } from './console-pages.ts';
import {
  actForCallers,
  admit,
  completeRoutes,
  giveUpWithClients,
  readLines,
  refuseRepeatedParameters,
  refuseTheRest,
  refuseWhileStopping,
  type SendOther,
  setHeaders,
} from './conventions.ts';
import { type IdempotencyStore, keepIdempotent } from './idempotency.ts';
import { readJson } from './json-bodies.ts';
import { describeApi } from './openapi.ts';
import type { ApiOptions } from './options.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { bullBoardRoutes } from './routes/bull-board-routes.ts';
import { callerRoutes } from './routes/caller-routes.ts';
import { changeRoutes } from './routes/change-routes.ts';
import { coverageRoutes } from './routes/coverage-routes.ts';
import { deadLetterRoutes } from './routes/dead-letter-routes.ts';
import { entryRoutes } from './routes/entry-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { invalidationRoutes } from './routes/invalidation-routes.ts';
import { logLevelRoutes } from './routes/log-level-routes.ts';
import { maintenanceRoutes } from './routes/maintenance-routes.ts';
import { planRoutes } from './routes/plan-routes.ts';
import { previewRoutes } from './routes/preview-routes.ts';
import { probeRoutes } from './routes/probe-routes.ts';
import { processRoutes } from './routes/process-routes.ts';
import { quarantineRoutes } from './routes/quarantine-routes.ts';
import { referenceRoutes } from './routes/reference-routes.ts';
import { runReportRoutes } from './routes/run-report-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { scheduleLookRoutes } from './routes/schedule-look-routes.ts';
import { scheduleRoutes } from './routes/schedule-routes.ts';
import { statisticsRoutes } from './routes/statistics-routes.ts';
import { valueRoutes } from './routes/value-routes.ts';
import { worthRoutes } from './routes/worth-routes.ts';
import { noteSeenEvents } from './seen-event.ts';
import { newServer, type RouteContext, type Server } from './server.ts';
import { withSharedReads } from './shared-reads.ts';
import { timeRequests } from './timed-requests.ts';
import { traceRequests } from './traced-requests.ts';
import { closeUnread } from './unread-bodies.ts';

/** By noun, as the verbs are. */
const ROUTES = [
  runRoutes,
  runReportRoutes,
  entryRoutes,
  valueRoutes,
  coverageRoutes,
  worthRoutes,
  planRoutes,
  invalidationRoutes,
  scheduleRoutes,
  scheduleLookRoutes,
  statisticsRoutes,
  processRoutes,
  historyRoutes,
  previewRoutes,
  deadLetterRoutes,
  quarantineRoutes,
  probeRoutes,
  healthRoutes,
  logLevelRoutes,
  maintenanceRoutes,
  changeRoutes,
  auditRoutes,
  bullBoardRoutes,
  callerRoutes,
  referenceRoutes,
];

export interface ControlApiDeps {
  readonly verbs: Verbs;
  readonly options: Readonly<ApiOptions>;
  readonly console: Readonly<ConsoleOptions>;
  readonly clock: Clock;
  readonly events: Events;
  readonly idempotency: IdempotencyStore;
  /** Of this process, with all its roles. */
  readonly health: Pick<ProcessHealth, 'live' | 'ready'>;
  readonly metrics: MetricsPage;
  /** Undefined: bull-board is not served. */
  readonly board: BoardSource | undefined;
}

/**
 * A service over the web server. While it stops, requests in hand are answered, event streams end, new requests are refused, and at
 * the deadline every connection is cut.
 */
export class ControlApi implements Service {
  readonly name = 'api';
  readonly #deps: ControlApiDeps;
  readonly #streams = new Set<AbortController>();
  readonly #state: ServerState;

  constructor(deps: ControlApiDeps) {
    this.#deps = deps;
    this.#state = new ServerState({ clock: deps.clock, open: () => this.#open() });
  }

  /** Where it listens, such as `http://127.0.0.1:7077`; undefined while it does not. */
  get url(): string | undefined {
    return this.#state.url;
  }

  /** Throws `E_CONFIG_INVALID` or `E_PORT_TAKEN` when it may not, or cannot, listen at the configured place. */
  start(): Promise<void> {
    return this.#state.start();
  }

  stop(deadline: number): Promise<void> {
    return this.#state.stop(deadline);
  }

  async #open() {
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
      await app.listen({ host: addressToBind(host), port });
    } catch (cause) {
      throw cannotListen('the control API', 'api', { host, port }, cause);
    }
    return { server: app.server, close: () => this.#close(app) };
  }

  async #build(): Promise<Server> {
    const { verbs, clock, events, options, idempotency, health, metrics, console } = this.#deps;
    const { bodyLimit, answerLimit } = options;
    const caching = { maxAge: options.maxAge, scope: options.cache };
    const app = newServer({ bodyLimit, events });
    traceRequests(app, events.tracer);
    timeRequests(app, { events, clock });
    readJson(app, clock);
    await describeApi(app);
    const methods = completeRoutes(app);
    readLines(app);
    setHeaders(app);
    giveUpWithClients(app);
    refuseWhileStopping(app, () => this.#state.isStopping);
    const access = accessFor(options.tokens);
    admit(app, access);
    const boardSessions = await this.#mountBoard(app, access);
    actForCallers(app);
    noteSeenEvents(app);
    refuseUnacceptable(app);
    refuseRepeatedParameters(app);
    const hold = keepIdempotent(app, { store: idempotency, events });
    closeUnread(app, bodyLimit);
    compressAnswers(app);
    const context: RouteContext = {
      ...{ verbs: withSharedReads(verbs, clock), clock, events, health, metrics },
      ...{ caching, answerLimit, hold, console, boardSessions },
      needsTokens: options.tokens.length > 0,
      ...{ streams: this.#streams, mostStreams: options.streams },
    };
    for (const addRoutes of ROUTES) addRoutes(app, context);
    refuseTheRest(app, methods, this.#sendConsole());
    return app;
  }

  /** Behind the checks of every request, and before what is done for the routes of the API alone. */
  async #mountBoard(app: Server, access: Access): Promise<Sessions | undefined> {
    const { board: source, options, clock, console } = this.#deps;
    if (source === undefined) return undefined;
    const { mountBullBoard } = await import('./bull-board/mount.ts');
    const { tokens, bodyLimit } = options;
    const sessions = new Sessions({ access, tokens, clock });
    mountBullBoard(app, { source, sessions, label: console.label ?? '', bodyLimit });
    return sessions;
  }

  /** Loaded when a page is first asked for. */
  #sendConsole(): SendOther {
    const { console, options } = this.#deps;
    if (!console.enabled) return async () => false;
    let pages: Promise<ConsolePages> | undefined;
    return async (request, reply) => {
      pages ??= import('./console-pages.ts').then(
        (loaded) =>
          new loaded.ConsolePages({
            folder: loaded.CONSOLE_FOLDER,
            tokens: options.tokens.length > 0,
            bullBoard: console.bullBoard,
          }),
      );
      return (await pages).send(request, reply);
    };
  }

  async #close(app: Server): Promise<void> {
    for (const stream of this.#streams) stream.abort();
    await app.close();
  }
}
