import { z } from 'zod';
import { quarantinePage } from '../../verbs/quarantine.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const limitQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const releaseRequest = z
  .strictObject({
    keys: z.array(z.string().min(1)).max(10_000).default([]).describe('Which keys; none: all of them.'),
  })
  .meta({ examples: [{ keys: ['profile:19100'] }] });

export function quarantineRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/quarantine',
    config: { scope: 'read' },
    schema: {
      operationId: 'listQuarantine',
      summary: 'Keys that are set aside because they fail again and again',
      tags,
      querystring: limitQuery,
      response: { 200: quarantinePage },
    },
    handler: ({ query }) => verbs.quarantine(query.limit),
  });
  app.route({
    method: 'POST',
    url: '/v1/quarantine/release',
    config: { scope: 'admin' },
    schema: {
      operationId: 'releaseQuarantine',
      summary: 'Have keys tried again now',
      tags,
      body: releaseRequest,
      response: { 200: z.object({ released: z.int().describe('How many were in quarantine.') }) },
    },
    handler: async ({ body }) => ({ released: await verbs.release(body.keys) }),
  });
}
