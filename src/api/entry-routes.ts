import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForewarmError } from '../core/errors.ts';
import {
  coverageReport,
  entryPage,
  inspection,
  invalidateReport,
  invalidateRequest,
  type ValueView,
} from '../jobs/verbs.ts';
import { demand } from './access.ts';
import { pathOf } from './problem.ts';
import type { Desk, Server } from './server.ts';
import { isKnown, valueHeaders, whereabouts } from './value-answer.ts';

const tags = ['entries'];
const selector = () =>
  z
    .string()
    .default('')
    .describe('Which keys, such as `source=profile entities=markets`. Empty: all of them.');
const page = z.strictObject({
  selector: selector(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().min(1).optional().describe('From the page before.'),
});
const sample = z.strictObject({
  selector: selector(),
  samples: z.coerce.number().int().min(0).max(1_000).default(10).describe('Missing keys to name, per tier.'),
});
const keyInPath =
  'The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and ' +
  'a `/` as `%2F` or as it is.';

export function entryRoutes(app: Server, desk: Desk): void {
  listEntries(app, desk);
  readEntry(app, desk);
  inspectKey(app, desk);
  checkCoverage(app, desk);
  invalidate(app, desk);
}

function listEntries(app: Server, { verbs }: Desk): void {
  app.route({
    method: 'GET',
    url: '/v1/entries',
    config: { scope: 'read' },
    schema: {
      operationId: 'listEntries',
      summary: 'The keys that a selector selects, and how fresh each is',
      tags,
      querystring: page,
      response: { 200: entryPage },
    },
    handler: ({ query }) => verbs.list(query.selector, query.limit, query.cursor),
  });
}

function readEntry(app: Server, { verbs, clock }: Desk): void {
  app.route({
    method: 'GET',
    url: '/v1/entries/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'readEntry',
      summary: 'A value',
      description: `The bytes of the value, with the metadata its origin gave it. ${keyInPath}`,
      tags,
      response: {
        200: {
          description:
            'The value. `X-Forewarm-Freshness` and `X-Forewarm-Tier` say how fresh, and from where.',
          content: { '*/*': { schema: z.unknown() } },
        },
        304: z.undefined().describe('The client has this value (`If-None-Match`).'),
      },
    },
    handler: async (request, reply) => {
      const key = keyOf(request);
      return sendValue(request, reply, { key, value: await verbs.get(key, false), now: clock.now() });
    },
  });
}

interface Found {
  readonly key: string;
  readonly value: ValueView | undefined;
  readonly now: number;
}

function sendValue(request: FastifyRequest, reply: FastifyReply, { key, value, now }: Found): FastifyReply {
  if (value === undefined) {
    throw new ForewarmError('E_NOT_FOUND', `nothing servable is stored under the key "${key}"`);
  }
  if (value.head.kind !== 'value') {
    reply.headers(whereabouts(value.head.freshness, value.tier));
    throw new ForewarmError('E_NOT_FOUND', `the origin says that it has no value for the key "${key}"`);
  }
  const { body } = value;
  const { 'content-type': type, ...headers } = valueHeaders(value, now);
  reply.headers(headers);
  if (isKnown(request.headers['if-none-match'], headers.etag)) return reply.code(304).send();
  return reply.header('content-type', type).send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

function inspectKey(app: Server, { verbs }: Desk): void {
  app.route({
    method: 'GET',
    url: '/v1/inspections/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'inspectKey',
      summary: 'Where a key is, tier by tier, and when it is due',
      description: keyInPath,
      tags,
      response: { 200: inspection },
    },
    handler: (request) => verbs.inspect(keyOf(request)),
  });
}

function checkCoverage(app: Server, { verbs }: Desk): void {
  app.route({
    method: 'GET',
    url: '/v1/coverage',
    config: { scope: 'read' },
    schema: {
      operationId: 'checkCoverage',
      summary: 'How much of a selection is warm, per tier',
      tags,
      querystring: sample,
      response: { 200: coverageReport },
    },
    handler: ({ query }) => verbs.check(query.selector, query.samples),
  });
}

function invalidate(app: Server, { verbs }: Desk): void {
  app.route({
    method: 'POST',
    url: '/v1/invalidations',
    config: { scope: 'invalidate' },
    schema: {
      operationId: 'invalidate',
      summary: 'Make values stale, or drop them',
      description: '`rewarm` creates a run, and so needs the scope `warm` too.',
      tags,
      body: invalidateRequest,
      response: { 200: invalidateReport },
    },
    handler: async ({ body, caller }) => {
      if (body.rewarm && caller !== undefined) demand(caller, 'warm');
      return verbs.invalidate(body, 'api');
    },
  });
}

/**
 * The key in a path `/v1/entries/KEY`, decoded exactly once. It is cut from the path as it was sent: keys hold `/` and
 * `%XX` of their own, and what a router decodes on its way is not ours to know.
 */
function keyOf({ raw }: FastifyRequest): string {
  const [, encoded = ''] = /^\/[^/]*\/[^/]*\/(.*)$/s.exec(pathOf(raw.url)) ?? [];
  if (encoded === '') throw new ForewarmError('E_NOT_FOUND', 'the path has no key');
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `"${encoded}" is not percent-encoded UTF-8`, { cause });
  }
}
