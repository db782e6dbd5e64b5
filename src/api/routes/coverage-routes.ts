import { z } from 'zod';
import { coverageReport } from '../../verbs/coverage.ts';
import { selectorQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['entries'];
const sample = z.strictObject({
  selector: selectorQuery(),
  samples: z.coerce.number().int().min(0).max(1_000).default(10).describe('Missing keys to name, per tier.'),
});

export function coverageRoutes(app: Server, { verbs }: RouteContext): void {
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
