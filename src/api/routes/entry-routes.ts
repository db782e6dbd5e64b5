import { z } from 'zod';
import { coverageReport } from '../../verbs/coverage.ts';
import { entryPage, inspection } from '../../verbs/entries.ts';
import { clearRequest, invalidateReport, invalidateRequest } from '../../verbs/invalidations.ts';
import { demand } from '../access.ts';
import { KEY_IN_PATH, keyInPath } from '../key-in-path.ts';
import type { RouteContext, Server } from '../server.ts';

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
export function entryRoutes(app: Server, desk: RouteContext): void {
  listEntries(app, desk);
  inspectKey(app, desk);
  checkCoverage(app, desk);
  invalidate(app, desk);
  clear(app, desk);
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
    handler: ({ query }) => verbs.list(query.selector, query.limit, query.cursor),
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

function checkCoverage(app: Server, { verbs }: RouteContext): void {
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

function invalidate(app: Server, { verbs }: RouteContext): void {
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

function clear(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/clear',
    config: { scope: 'admin' },
    schema: {
      operationId: 'clear',
      summary: 'Drop every value, or make all of them stale',
      description:
        'It costs the same however many there are. `rewarm` creates a run, and so needs the scope `warm` too.',
      tags,
      body: clearRequest,
      response: { 200: invalidateReport },
    },
    handler: async ({ body, caller }) => {
      if (body.rewarm && caller !== undefined) demand(caller, 'warm');
      return verbs.clear(body, 'api');
    },
  });
}
