import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { type RunView, runFilter, runPage, runView } from '../../verbs/runs/run-shapes.ts';
import { LONGEST_SPAN, type WarmRequest, warmRequest } from '../../verbs/runs/warm-request.ts';
import { reasonRequest, writtenTime } from '../../verbs/shapes.ts';
import { abortOnClose } from '../abort-on-close.ts';
import { flag, NDJSON, pageQuery } from '../conventions.ts';
import { eventsSchema, refuseTooMany, sendEvents, sendEventsHead } from '../event-stream.ts';
import { pathOf } from '../problem.ts';
import type { RouteContext, Server } from '../server.ts';
import { compileValidator } from '../validator.ts';
import { runEvents } from './run-events.ts';

const tags = ['runs'];
const EVENTS = {
  run: { $ref: '#/components/schemas/Run' },
  end: z.toJSONSchema(z.object({ reason: runView.shape.endedReason })),
};
const byId = z.object({ id: z.string().min(1).describe('The id of a run.') });
const moment = (what: string) =>
  writtenTime()
    .optional()
    .describe(`Only runs that were created ${what}; ISO 8601, UTC unless it says otherwise.`);
const runsQuery = pageQuery({ most: 500, usual: 50 }).extend({
  ...runFilter.shape,
  failures: flag(false).describe(runFilter.shape.failures.description ?? ''),
  since: moment('then or later'),
  until: moment('then or before; a day until it is over'),
});
const resume = z.looseObject({
  'last-event-id': z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('The last revision that was seen; only later ones are sent.'),
});

export function runRoutes(app: Server, context: RouteContext): void {
  createRun(app, context);
  readRuns(app, context);
  watchRun(app, context);
  stopRun(app, context);
}

/** The options of a run whose rows or keys are the body. */
const span = () => z.coerce.number().int().min(1).max(LONGEST_SPAN);
const linesQuery = z.strictObject({
  source: warmRequest.shape.source,
  from: warmRequest.shape.from,
  id: warmRequest.shape.id,
  why: warmRequest.shape.why,
  force: flag(false),
  missing: flag(false),
  limit: z.coerce.number().int().min(1).optional().describe('Absent: all.'),
  deadline: span().optional().describe('In milliseconds; absent: no end.'),
  keep: span().optional().describe('In milliseconds.'),
});

function createRun(app: Server, { verbs, hold, clock }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/runs',
    config: { scope: 'warm', lines: true },
    schema: {
      operationId: 'createRun',
      summary: 'Warm what a selector selects, or keys that are named',
      description:
        `In place of a selector: \`source\` and \`rows\`, or \`keys\`. A long list is sent as \`${NDJSON}\`: an object a line ` +
        'with `source` in the query, or a key a line as a JSON text; the other options are in the query, too. One wrong row ' +
        'and no run is made.',
      tags,
      querystring: linesQuery,
      body: warmRequest,
      response: {
        200: runView.describe('The run with this id was there already.'),
        202: runView.describe('The run was created; `Location` says where to follow it.'),
      },
    },
    validatorCompiler: exceptLines,
    handler: async (request, reply) => {
      const asked = await requestOf(request, clock);
      if (request.body instanceof Readable && (await hold(request, reply))) return reply;
      const { run, created } = await verbs.warm(asked, 'api');
      return reply
        .code(created ? 202 : 200)
        .header('location', pathOfRun(run.id))
        .send(run);
    },
  });
}

/** Lines are read and checked by the handler. */
function exceptLines(route: unknown) {
  // The framework gives one schema at a time, which the type of a route's own compiler does not say.
  const check = compileValidator(route as never);
  return (data: unknown) => (data instanceof Readable ? { value: data } : check(data));
}

interface RunRequest extends Pick<FastifyRequest, 'bodyHash'> {
  readonly body: WarmRequest | Readable;
  readonly query: z.output<typeof linesQuery>;
  readonly raw: { readonly url?: string | undefined };
}

/** Lines are read whole, and hashed as they come. */
async function requestOf(request: RunRequest, clock: Clock): Promise<WarmRequest> {
  const { body, query, raw } = request;
  if (body instanceof Readable) {
    const { source, ...options } = query;
    const hash = createHash('sha256');
    // Few requests have lines, and what reads them brings along what reads tables.
    const { readWarmLines } = await import('../../verbs/runs/warm-input.ts');
    const which = await readWarmLines(hashed(body, hash), source, clock);
    request.bodyHash = hash.digest('hex');
    return { ...options, ...which };
  }
  if (!raw.url?.includes('?')) return body;
  throw new ForewarmError('E_REQUEST_INVALID', 'query: the options of a run stand in its JSON body');
}

async function* hashed(body: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const part of body) {
    hash.update(part);
    yield part;
  }
}

function readRuns(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/runs',
    config: { scope: 'read' },
    schema: {
      operationId: 'listRuns',
      summary: 'The runs, newest first',
      description:
        'A filter is applied to all runs that are known. Each request looks through some thousands of them at the most: a page may have few runs, ' +
        'or none, and a `cursor`, by which the next request goes on; `lookedBackTo` says how far back this one came.',
      tags,
      querystring: runsQuery,
      response: { 200: runPage },
    },
    handler: ({ query: { limit, cursor, ...filter } }) => verbs.runs(limit, cursor, filter),
  });
  app.route({
    method: 'GET',
    url: '/v1/runs/:id',
    config: { scope: 'read' },
    schema: {
      operationId: 'readRun',
      summary: 'A run',
      tags,
      params: byId,
      response: { 200: runView },
    },
    handler: ({ params }) => verbs.run(params.id),
  });
}

function stopRun(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/runs/:id/stop',
    config: { scope: 'warm' },
    schema: {
      operationId: 'stopRun',
      summary: 'Stop a run',
      description:
        'Keys without an outcome end as `cancelled`, and its `endedNote` says who stopped it and why. A run that has ended cannot be stopped: `E_CONFLICT`.',
      tags,
      params: byId,
      body: reasonRequest.nullish(),
      response: { 200: runView },
    },
    handler: ({ params, body }) => verbs.stopRun(params.id, body ?? {}),
  });
}

function watchRun(app: Server, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/runs/:id/events',
    config: { scope: 'read' },
    schema: {
      operationId: 'watchRun',
      summary: 'Follow a run as server-sent events',
      description:
        'An event `run` at each change, its id the revision and its data the run; `end` when the run has ended, and ' +
        '`problem` when it cannot be followed any more. A comment every 15 seconds keeps the connection open.',
      tags,
      params: byId,
      headers: resume,
      response: {
        200: eventsSchema(EVENTS),
        204: z.undefined().describe('The run has ended, and the client has seen its end: do not reconnect.'),
      },
    },
    handler: async ({ method, params, headers, raw }, reply) => {
      if (method === 'HEAD') {
        await context.verbs.run(params.id);
        return sendEventsHead(reply);
      }
      refuseTooMany(reply, context);
      const signal = abortOnClose(reply, context);
      const views = context.verbs.watchRun(params.id, signal)[Symbol.asyncIterator]();
      // The first view is taken before the answer begins, so that an unknown run is a 404 and not a stream.
      const first = await views.next();
      const after = headers['last-event-id'] ?? -1;
      if (hasSeenTheEnd(first.value, after)) {
        await views.return?.();
        return reply.code(204).send();
      }
      const events = runEvents({ views, first, after });
      return sendEvents(reply, { events, clock: context.clock, signal, instance: pathOf(raw.url) });
    },
  });
}

/** A browser that gets 204 does not come back (WHATWG HTML, 9.2.3); the end of a stream alone makes it reconnect. */
function hasSeenTheEnd(run: RunView | undefined, after: number): boolean {
  return run?.state === 'ended' && after >= run.revision;
}

export function pathOfRun(id: string): string {
  return `/v1/runs/${encodeURIComponent(id)}`;
}
