/** Looking after what is stored. */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForewarmError } from '../../core/errors.ts';
import { endOfWhole } from '../../core/text.ts';
import {
  exportRequest,
  gcReport,
  importReport,
  importRequest,
  purgeReport,
  purgeRequest,
  validationReport,
  validationRequest,
} from '../../verbs/maintenance/maintenance-shapes.ts';
import { reasonRequest } from '../../verbs/shapes.ts';
import { abortOnClose } from '../abort-on-close.ts';
import { flag, NDJSON } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

/** As clients know it. */
const tags = ['care'];
const exportQuery = z.strictObject({
  selector: exportRequest.shape.selector,
  bodies: flag(true).describe('`false`: heads only. Such an export cannot be imported.'),
});
const importQuery = z.strictObject({
  dryRun: flag(false).describe('`true`: check every line and count, and write nothing.'),
  why: importRequest.shape.why,
});

export function maintenanceRoutes(app: Server, context: RouteContext): void {
  collect(app, context);
  exportEntries(app, context);
  importEntries(app, context);
  purge(app, context);
  validate(app, context);
}

function collect(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/gc',
    config: { scope: 'admin' },
    schema: {
      operationId: 'collect',
      summary: 'Remove what is expired',
      tags: ['operations'],
      body: reasonRequest.nullish(),
      response: { 200: gcReport },
    },
    handler: ({ body }) => verbs.gc(body ?? {}),
  });
}

function exportEntries(app: Server, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/export',
    config: { scope: 'admin' },
    schema: {
      operationId: 'exportEntries',
      summary: 'What is stored, one line of JSON for each entry',
      description: 'An answer that is cut off is not whole: the connection is then closed without its end.',
      tags,
      querystring: exportQuery,
      response: {
        200: {
          description: 'The lines, as docs/format.md describes them.',
          content: { [NDJSON]: { schema: z.unknown().meta({ type: 'string' }) } },
        },
      },
    },
    handler: async ({ method, query }, reply) => {
      if (method === 'HEAD') return reply.header('content-type', NDJSON).send();
      const batches = context.verbs.export(query, abortOnClose(reply, context))[Symbol.asyncIterator]();
      // The first batch is taken before the answer begins, so that a wrong selector is a problem and not a stream.
      const first = await batches.next();
      return reply.header('content-type', NDJSON).send(Readable.from(textOf(first, batches)));
    },
  });
}

async function* textOf(
  first: IteratorResult<readonly string[]>,
  rest: AsyncIterator<readonly string[]>,
): AsyncGenerator<string> {
  try {
    for (let step = first; step.done !== true; step = await rest.next())
      yield* piecesOf(`${step.value.join('\n')}\n`);
  } finally {
    await rest.return?.();
  }
}

/** Characters that are written to a connection together. */
const PIECE = 1_048_576;

function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const to = endOfWhole(text, from + PIECE);
    yield text.slice(from, to);
    from = to;
  }
}

function importEntries(app: Server, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/import',
    config: { scope: 'admin', lines: true },
    schema: {
      operationId: 'importEntries',
      summary: 'Store the entries of an export',
      description:
        'Newest wins, so doing it again does no harm; an `Idempotency-Key` is not needed, and ignored. The lines must have ' +
        'been sent within 30 seconds: send more in several requests, or use `forewarm import`.',
      tags,
      consumes: [NDJSON],
      querystring: importQuery,
      body: z.unknown().meta({ type: 'string' }),
      response: { 200: importReport },
    },
    handler: (request, reply) =>
      context.verbs.import(linesOf(request), request.query, {
        signal: abortOnClose(reply, context),
        onProgress: () => {},
      }),
  });
}

function linesOf({ body }: FastifyRequest): Readable {
  if (body instanceof Readable) return body;
  throw new ForewarmError('E_MEDIA_TYPE', `the entries are sent as \`Content-Type: ${NDJSON}\``);
}

function purge(app: Server, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/purges',
    config: { scope: 'admin' },
    schema: {
      operationId: 'purge',
      summary: 'Remove entries from every tier',
      description: 'Ask with `dryRun` first: it says how many keys and bytes, tier by tier.',
      tags,
      body: purgeRequest,
      response: { 200: purgeReport },
    },
    handler: ({ body }, reply) => context.verbs.purge(body, abortOnClose(reply, context)),
  });
}

function validate(app: Server, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/validations',
    config: { scope: 'admin' },
    schema: {
      operationId: 'validate',
      summary: 'Read everything that is stored, and say what is wrong; with `repair`, mend it',
      tags,
      body: validationRequest,
      response: { 200: validationReport },
    },
    handler: ({ body }, reply) =>
      context.verbs.validate(body, { signal: abortOnClose(reply, context), onProgress: () => {} }),
  });
}
