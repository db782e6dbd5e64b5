import { z } from 'zod';
import { quarantinePage, quarantinePart, releaseRequest } from '../../verbs/quarantine-shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const quarantineQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  ...quarantinePart.shape,
});
const releaseBody = z
  .strictObject({
    keys: z
      .array(z.string().min(1))
      .max(10_000)
      .default([])
      .describe('Which keys; none: all that match, and all there are where nothing else is said.'),
    ...releaseRequest.shape,
  })
  .meta({ examples: [{ keys: ['profile:19100'] }, { origin: 'markets', why: 'it is well again' }] });

export function quarantineRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/quarantine',
    config: { scope: 'read' },
    schema: {
      operationId: 'listQuarantine',
      summary: 'Keys that are set aside because they fail again and again',
      tags,
      querystring: quarantineQuery,
      response: { 200: quarantinePage },
    },
    handler: ({ query: { limit, ...part } }) => verbs.quarantine(limit, part),
  });
  app.route({
    method: 'POST',
    url: '/v1/quarantine/release',
    config: { scope: 'admin' },
    schema: {
      operationId: 'releaseQuarantine',
      summary: 'Have keys tried again now: those named, or all of a source or an origin',
      tags,
      body: releaseBody,
      response: { 200: z.object({ released: z.int().describe('How many were in quarantine.') }) },
    },
    handler: async ({ body: { keys, ...request } }) => ({ released: await verbs.release(keys, request) }),
  });
}
