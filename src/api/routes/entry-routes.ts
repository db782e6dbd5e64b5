/** Listing keys, inspecting one and explaining it. Their values are read by `value-routes.ts`. */

import { z } from 'zod';
import { COUNT_MS, entryFilter, entryPage, keyCount, MOST_BYTES } from '../../verbs/entry-shapes.ts';
import { explanation } from '../../verbs/explain/explanation-shapes.ts';
import { inspection } from '../../verbs/inspection-shapes.ts';
import { pageQuery, selectorQuery } from '../conventions.ts';
import { KEY_IN_PATH, keyInPath } from '../key-in-path.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['entries'];
const page = pageQuery({ most: 1_000, usual: 100 }).extend({
  selector: selectorQuery(),
  ...entryFilter.shape,
  minBytes: z.coerce
    .number()
    .int()
    .min(0)
    .max(MOST_BYTES)
    .optional()
    .describe(entryFilter.shape.minBytes.description ?? ''),
});
const countQuery = z.strictObject({
  selector: selectorQuery(),
  within: z.coerce
    .number()
    .min(COUNT_MS.least)
    .max(COUNT_MS.most)
    .default(COUNT_MS.usual)
    .describe('For how long it may count, in ms.'),
});

export function entryRoutes(app: Server, context: RouteContext): void {
  listEntries(app, context);
  countKeys(app, context);
  inspectKey(app, context);
  explainKey(app, context);
}

function listEntries(app: Server, { verbs }: RouteContext): void {
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
    handler: ({ query: { selector, limit, cursor, ...filter } }) =>
      verbs.list(selector, limit, cursor, filter),
  });
}

function countKeys(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/counts',
    config: { scope: 'read' },
    schema: {
      operationId: 'countKeys',
      summary: 'How many keys a selector selects, as far as they can be counted in time',
      tags,
      querystring: countQuery,
      response: { 200: keyCount },
    },
    handler: ({ query }) => verbs.count(query.selector, query.within),
  });
}

function inspectKey(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/inspections/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'inspectKey',
      summary: 'Where a key is, tier by tier, and when it is due',
      description: KEY_IN_PATH,
      tags,
      response: { 200: inspection },
    },
    handler: (request) => verbs.inspect(keyInPath(request)),
  });
}

function explainKey(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/explanations/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'explainKey',
      summary: 'Why a key is warm or cold, what holds it back now, and what would make it warm',
      description: KEY_IN_PATH,
      tags,
      response: { 200: explanation },
    },
    handler: (request) => verbs.explain(keyInPath(request)),
  });
}
