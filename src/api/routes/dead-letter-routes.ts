import { z } from 'zod';
import { deadLetterPage } from '../../verbs/dead-letters.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const runName = z.string().min(1).max(200).optional();
const limitQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  run: runName.describe('Only those of this run.'),
});
const redriveRequest = z
  .strictObject({
    ids: z
      .array(z.string().min(1))
      .max(10_000)
      .default([])
      .describe('Which dead letters; none: all of them, or those of the run.'),
    run: runName.describe('Those of this run; not beside `ids`.'),
  })
  .meta({ examples: [{ ids: ['letter-1'] }] });

export function deadLetterRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/dead-letters',
    config: { scope: 'read' },
    schema: {
      operationId: 'listDeadLetters',
      summary: 'What failed for good, newest first',
      tags,
      querystring: limitQuery,
      response: { 200: deadLetterPage },
    },
    handler: ({ query }) => verbs.deadLetters(query.limit, query.run),
  });
  app.route({
    method: 'POST',
    url: '/v1/dead-letters/redrive',
    config: { scope: 'admin' },
    schema: {
      operationId: 'redriveDeadLetters',
      summary: 'Queue dead letters again',
      tags,
      body: redriveRequest,
      response: { 200: z.object({ redriven: z.int().describe('How many were queued again.') }) },
    },
    handler: async ({ body }) => ({ redriven: await verbs.redrive(body.ids, body.run) }),
  });
}
