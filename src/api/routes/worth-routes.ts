import { z } from 'zod';
import { worthReport } from '../../verbs/worth-shapes.ts';
import { samplesQuery, selectorQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

export function worthRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/worth',
    config: { scope: 'read' },
    schema: {
      operationId: 'readWorth',
      summary: 'Which keys are refreshed and not read, and what that costs in calls',
      tags: ['entries'],
      querystring: z.strictObject({
        selector: selectorQuery(),
        samples: samplesQuery(5).describe('Unread keys to name, of each source.'),
      }),
      response: { 200: worthReport },
    },
    handler: ({ query: { selector, samples } }) => verbs.worth(selector, samples),
  });
}
