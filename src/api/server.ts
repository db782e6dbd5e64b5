/** The web server under the control API: limits, bodies, and what routes and requests carry. It knows no route. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { MetricsPage } from '../http/http-listener.ts';
import type { ProcessHealth } from '../http/process-health.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { Caller, Scope } from './access.ts';
import type { Sessions } from './bull-board/sessions.ts';
import type { CachePolicy } from './caching.ts';
import type { ConsoleOptions } from './console-options.ts';
import { PROBLEM_TYPE, pathOf, problem, problemOf, sendProblem } from './problem.ts';
import { originForm } from './target.ts';
import { compileValidator } from './validator.ts';

export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Whether this request was made before, and is answered again; otherwise it is to be done now. */
export type Hold = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

/** What the routes work with. */
export interface RouteContext {
  readonly verbs: Verbs;
  readonly clock: Clock;
  readonly events: Events;
  /** Responses that go on until they are aborted. */
  readonly streams: Set<AbortController>;
  /** How many there may be when another event stream begins. */
  readonly mostStreams: number;
  readonly health: Pick<ProcessHealth, 'live' | 'ready'>;
  readonly metrics: MetricsPage;
  /** Holds the Idempotency-Key of a request whose body was read by its handler. */
  readonly hold: Hold;
  /** How long clients may use values. */
  readonly caching: CachePolicy;
  /** The longest answer about many keys, in bytes. */
  readonly answerLimit: number;
  /** Whether any token is configured. */
  readonly needsTokens: boolean;
  readonly console: Readonly<ConsoleOptions>;
  /** Undefined where bull-board is not served. */
  readonly boardSessions: Sessions | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller's token must allow. `any` token will do, and `open` routes need none. Every route must say which. */
    scope?: Scope | 'any' | 'open';
    /** It may make calls to origins, although it changes nothing. */
    callsOrigins?: true;
    /** It is answered while the process stops, too. */
    whileStopping?: true;
    /** The body is passed on as a stream of lines. */
    lines?: true;
    /** The media types of what it sends when all is well; made from its schema. */
    sends?: readonly string[];
  }
  interface FastifyRequest {
    /** Known once access was granted. */
    caller: Caller | undefined;
    /** SHA-256 of the body's bytes, in hex; empty when none was sent. */
    bodyHash: string;
    /** The Idempotency-Key this request holds until it is answered. */
    held: { readonly key: string; readonly fingerprint: string } | undefined;
  }
}

/** How long a client may take to send a request, in ms. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Request line and headers, in bytes. */
const LONGEST_HEAD = 16_384;

/**
 * Given to the framework when it is made: without them it loads those of its own, a hundred modules that would never be used. Its types
 * know JSON Schema alone, and the schemas of routes are those of zod.
 */
const COMPILERS = {
  buildValidator: () => compileValidator as never,
  buildSerializer: () => serializerCompiler as never,
};

/** What cannot be read as a request: its status, the status' name, and what is wrong. */
const MALFORMED = {
  bad: [400, 'Bad Request', 'the request could not be read'],
  slow: [408, 'Request Timeout', `the request did not come within ${REQUEST_TIMEOUT_MS / 1_000} seconds`],
  target: [
    414,
    'URI Too Long',
    'the path and query are too long; send what is long in a body, as `POST /v1/reads` takes it',
  ],
  head: [
    431,
    'Request Header Fields Too Large',
    `the headers are longer than ${LONGEST_HEAD} bytes together`,
  ],
} as const;

export function newServer({ bodyLimit, events }: { bodyLimit: number; events: Events }): Server {
  const answer = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const found = problemOf(thrown, pathOf(request.raw.url));
    if (found.status === 500) {
      const where = `api ${request.method} ${request.routeOptions.url ?? ''}`;
      events.emit('problem', { where, error: thrown });
    }
    return sendProblem(reply, found);
  };
  const app: Server = fastify({
    bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // `refuseWhileStopping` does it, with a problem
    routerOptions: { maxParamLength: LONGEST_HEAD },
    rewriteUrl: originForm,
    schemaController: { compilersFactory: COMPILERS },
    http: { requireHostHeader: false, maxHeaderSize: LONGEST_HEAD }, // `checkHost` does it, with a problem
    frameworkErrors: (error, request, reply) => {
      answer(error, request, reply);
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.write(malformed(error));
      socket.destroySoon();
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setErrorHandler(answer);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('bodyHash', '');
  app.decorateRequest('held', undefined);
  // An expectation that is not known is ignored, rather than answered by Node without a problem.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));
  return app;
}

interface ClientError {
  readonly code: string;
  /** A Buffer, whatever the types of the framework say. */
  readonly rawPacket?: unknown;
}

/** The bytes at hand begin with the request line, but for a client that sends it in pieces. */
function faultOf({ code, rawPacket }: ClientError): keyof typeof MALFORMED {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'slow';
  if (code !== 'HPE_HEADER_OVERFLOW') return 'bad';
  const [line = ''] = (Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '').split('\r\n', 1);
  return line.length > LONGEST_HEAD / 2 && /^[A-Z]+ \S/.test(line) ? 'target' : 'head';
}

/** The whole response to bytes that could not be parsed as a request. */
function malformed(error: ClientError): string {
  const [status, name, what] = MALFORMED[faultOf(error)];
  const found = problem('E_REQUEST_INVALID', `${what} (${error.code})`, '/');
  const body = JSON.stringify({ ...found, status });
  return [
    `HTTP/1.1 ${status} ${name}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
