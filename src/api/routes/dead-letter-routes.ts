import { z } from 'zod';
import {
  deadLetterPage,
  letterFilter,
  redriveRequest,
  redriveResult,
} from '../../verbs/dead-letters/letter-shapes.ts';
import { pageQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const query = z.strictObject({ ...pageQuery({ usual: 100, most: 1_000 }).shape, ...letterFilter });

export function deadLetterRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/dead-letters',
    config: { scope: 'read' },
    schema: {
      operationId: 'listDeadLetters',
      summary: 'What failed for good, newest first',
      tags,
      querystring: query,
      response: { 200: deadLetterPage },
    },
    handler: ({ query }) => verbs.deadLetters(query),
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
      response: { 200: redriveResult },
    },
    handler: ({ body }) => verbs.redrive(body),
  });
}
