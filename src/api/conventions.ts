/** What holds for every route, said once: who may call, what a query and a body may hold, how problems look. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { ERRORS, ForewarmError } from '../core/errors.ts';
import { http } from '../core/node-http.ts';
import { actAs } from '../flow/actor.ts';
import { Errand } from '../flow/errand.ts';
import { sentTypes } from './acceptable.ts';
import { type Access, demand, refuseForeignPages } from './access.ts';
import { pathOf, problemView, shownName } from './problem.ts';
import type { Server } from './server.ts';

/** What the server reads requests of; CONNECT is not answered at all. */
const ANSWERED = http.METHODS.filter((method) => method !== 'CONNECT');

/** For a POST that takes no body: `{}` and nothing mean the same. */
export const noBody = z.strictObject({}).nullish();

export const selectorQuery = () =>
  z
    .string()
    .default('')
    .describe('Which keys, such as `source=profile entities=markets`. Empty: all of them.');

/** How many keys a report names. */
export const samplesQuery = (usual: number) => z.coerce.number().int().min(0).max(1_000).default(usual);

/** What a route that returns pages takes: `usual` rows where the caller does not say, and never more than `most`. */
export const pageQuery = ({ most, usual }: { readonly most: number; readonly usual: number }) =>
  z.strictObject({
    limit: z.coerce.number().int().min(1).max(most).default(usual),
    cursor: z.string().min(1).optional().describe('From the page before.'),
  });

/** One JSON text per line (https://github.com/ndjson/ndjson-spec). */
export const NDJSON = 'application/x-ndjson';

/** Yes or no, in a query. */
export const flag = (otherwise: boolean) =>
  z
    .enum(['true', 'false'])
    .default(otherwise ? 'true' : 'false')
    .transform((text) => text === 'true');

/**
 * Lines are handed on as they come; only a route that says so takes them. A handler may leave them early, at a wrong line, without
 * destroying the request: one that is destroyed reads nothing more from its connection, so the next request there would wait for ever.
 */
export function readLines(app: Server): void {
  app.addContentTypeParser(NDJSON, (request, payload, done) => {
    const untilLeft = () => payload.iterator({ destroyOnReturn: false });
    if (request.routeOptions.config.lines === true)
      done(null, Object.assign(payload, { [Symbol.asyncIterator]: untilLeft }));
    else done(new ForewarmError('E_MEDIA_TYPE', 'a body is sent as `Content-Type: application/json`'));
  });
}

const noQuery = z.strictObject({});

const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'needs 1 to 255 visible ASCII characters')
    .optional()
    .describe(
      'Names this request: sending it again under the same key, within 24 hours, returns the first response.',
    ),
});

const problemAnswer = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemView } },
});

/** Completes every route that is added from now on. Returns the methods of each path, which fill up as routes are added. */
export function completeRoutes(app: Server): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', (route) => {
    if (route.config?.scope === undefined) {
      throw new ForewarmError('E_INTERNAL', `route ${route.method} ${route.url} does not say its scope`);
    }
    const known = methods.get(route.url) ?? new Set();
    methods.set(route.url, known);
    for (const method of [route.method].flat()) known.add(method);
    complete(route);
  });
  return methods;
}

function complete(route: RouteOptions): void {
  const schema = route.schema ?? {};
  const post = route.method === 'POST' ? { headers: idempotencyHeaders, body: schema.body ?? noBody } : {};
  const problems = statusesOf(route).map((status) => [status, problemAnswer(meaningOf(status))]);
  route.config = { ...route.config, sends: sentTypes(route) };
  const response = {
    ...Object.fromEntries(problems),
    ...Object.assign({}, schema.response),
    default: problemAnswer('A problem (RFC 9457).'),
  };
  route.schema = { querystring: noQuery, ...schema, ...post, response };
}

/** The problems that a route of this shape may answer with. */
function statusesOf({ config, url, method, schema }: RouteOptions): number[] {
  const isPost = method === 'POST';
  return [
    400,
    406,
    ...(config?.scope === 'open' ? [] : [401, 403]),
    ...(/[:*]/.test(url) || schema?.body !== undefined ? [404] : []),
    ...(isPost ? [409, 413, 415, 422] : schema?.body === undefined ? [] : [413, 415]),
    ...(url === '/v1/entries/*' ? [412] : []),
    ...[500, 503],
  ];
}

/** The codes of each status, and what each of them means. */
const CODES_OF_STATUS = Map.groupBy(Object.entries(ERRORS), ([, { status }]): number => status);

function meaningOf(status: number): string {
  const codes = CODES_OF_STATUS.get(status) ?? [];
  return codes.map(([code, { meaning }]) => `\`${code}\`: ${meaning}`).join(' ');
}

/** Of a parameter that is given twice nobody knows which one is meant. */
export function refuseRepeatedParameters(app: Server): void {
  app.addHook('preValidation', async ({ query }) => {
    for (const [name, value] of Object.entries((query ?? {}) as Readonly<Record<string, unknown>>)) {
      if (!Array.isArray(value)) continue;
      const place = `query.${shownName(name)}`;
      const message = `is given ${value.length} times; give it once`;
      const details = { errors: [{ place, message }] };
      throw new ForewarmError('E_REQUEST_INVALID', `${place} ${message}`, { details });
    }
  });
}

/** Sets security headers on every response. Values come from origins, so a browser must not take one for a page of ours. */
export function setHeaders(app: Server): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
  });
}

/** A request is an errand of its client: once that has left, what was not done for it is not done. */
export function giveUpWithClients(app: Server): void {
  app.addHook('onRequest', (_request, { raw }, done) => {
    const errand = new Errand();
    raw.once('close', () => {
      if (!raw.writableFinished) {
        errand.giveUp(new ForewarmError('E_GIVEN_UP', 'the client closed the connection before its answer'));
      }
      errand.end();
    });
    errand.run(done);
  });
}

/** While stopping, requests in hand are answered, and who asks whether the process lives; every connection closes after its response. */
export function refuseWhileStopping(app: Server, isStopping: () => boolean): void {
  app.addHook('onRequest', async ({ routeOptions }) => {
    if (isStopping() && routeOptions.config.whileStopping !== true)
      throw new ForewarmError('E_NOT_READY', 'this process is stopping; ask another one');
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    if (isStopping()) reply.header('connection', 'close');
    return payload;
  });
  // A response whose headers were sent before, such as an event stream, has promised to keep its connection.
  app.addHook('onResponse', async (request) => {
    if (isStopping()) request.raw.socket.destroySoon();
  });
}

/** Checks who calls and what the caller may do, before the body is read. */
export function admit(app: Server, access: Access): void {
  app.addHook('onRequest', async (request) => {
    access.guard(request.raw);
    const { scope, callsOrigins = false } = request.routeOptions.config;
    const isRead = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (callsOrigins || !isRead) refuseForeignPages(request.raw);
    if (request.is404 || scope === undefined || scope === 'open') return;
    request.caller = access.identify(request.raw);
    if (scope !== 'any') demand(request.caller, scope);
  });
}

/** Sends what is no route of the API, and resolves to whether there was such a thing. */
export type SendOther = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

/** What a request does is done by its caller. Begun when its body was read, which happens on behalf of its connection. */
export function actForCallers(app: Server): void {
  app.addHook('preHandler', ({ caller }, _reply, done) => {
    if (caller === undefined) done();
    else actAs({ who: caller.name, way: 'api' }, done);
  });
}

/** Responds where no route matches: 404 for an unknown path, 405 for an unknown method. Must be called after the routes are added. */
export function refuseTheRest(
  app: Server,
  methods: ReadonlyMap<string, ReadonlySet<string>>,
  sendOther: SendOther,
): void {
  for (const method of ANSWERED) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
  const paths = [...methods].map(([url, known]) => ({ url, known, pattern: patternOf(url) }));
  // A path that stands as it is wins over one with parameters, as it does among routes.
  const ranked = paths.toSorted((a, b) => parametersOf(a.url) - parametersOf(b.url));
  // Before the body is read, which belongs to nothing.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const path = pathOf(request.raw.url);
    const found = ranked.find(({ pattern }) => pattern.test(path));
    if (found === undefined) return;
    const allow = [...found.known].join(', ');
    reply.header('allow', allow);
    throw new ForewarmError('E_METHOD_NOT_ALLOWED', `${found.url} takes ${allow}, not ${request.method}`);
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (await sendOther(request, reply)) return reply;
    const path = shownName(pathOf(request.raw.url));
    throw new ForewarmError('E_NOT_FOUND', `there is no ${request.method} ${path}; see /v1/openapi.json`);
  });
}

/** The paths of a route: `:name` is a segment, `*` the rest. */
function patternOf(url: string): RegExp {
  const parts = url.split(/(:\w+|\*)/).map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

function parametersOf(url: string): number {
  return url.match(/[:*]/g)?.length ?? 0;
}
