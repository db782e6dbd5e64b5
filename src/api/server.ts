/** The web server under the control API: limits, bodies, and what routes and requests carry. It knows no route. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { Caller, Scope } from './access.ts';
import type { CachePolicy } from './caching.ts';
import { PROBLEM_TYPE, pathOf, problem, problemOf, sendProblem } from './problem.ts';
import { originForm } from './target.ts';

export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes work with. */
export interface RouteContext {
  readonly verbs: Verbs;
  readonly clock: Clock;
  readonly events: Events;
  /** Responses that go on until they are aborted. */
  readonly streams: Set<AbortController>;
  /** How many there may be when another event stream begins. */
  readonly mostStreams: number;
  /** Why this process should be restarted; empty while it lives. */
  readonly alive: () => readonly string[];
  /** How long clients may use values. */
  readonly caching: CachePolicy;
  /** The longest answer about many keys, in bytes. */
  readonly answerLimit: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller's token must allow. `open` routes need no token. Every route must say which. */
    scope?: Scope | 'open';
    /** The body is passed on as a stream of lines. */
    lines?: true;
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
/** Longer than any header section that Node reads, so that no key is refused for its length. */
const LONGEST_PARAM = 16_384;

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

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
    routerOptions: { maxParamLength: LONGEST_PARAM },
    rewriteUrl: originForm,
    frameworkErrors: (error, request, reply) => {
      answer(error, request, reply);
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.write(malformed(error.code));
      socket.destroySoon();
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answer);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('bodyHash', '');
  app.decorateRequest('held', undefined);
  readJson(app);
  return app;
}

/** JSON is the one content type; an empty body is no body. The hash is of the bytes as they came. */
function readJson(app: Server): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addHook('onRequest', async ({ headers }, reply) => {
    const coding = headers['content-encoding'] ?? 'identity';
    if (coding.toLowerCase() === 'identity') return;
    reply.header('accept-encoding', 'identity');
    throw new ForewarmError(
      'E_MEDIA_TYPE',
      `a body is sent as it is, and not as \`Content-Encoding: ${coding}\``,
    );
  });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.bodyHash = createHash('sha256').update(body).digest('hex');
    if (body.length === 0) done(null, undefined);
    else parse(request, body.toString('utf8'), done);
  });
}

/** The whole response to bytes that could not be parsed as a request. */
function malformed(code: string): string {
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const found = problem('E_REQUEST_INVALID', `the request could not be read (${code})`, '/');
  const body = JSON.stringify({ ...found, status });
  return [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
