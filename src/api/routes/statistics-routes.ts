import { statsView } from '../../verbs/statistics-view.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];

export function statisticsRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/stats',
    config: { scope: 'read' },
    schema: {
      operationId: 'readStats',
      summary: 'Processes, tiers, sources, origins and lanes in figures',
      tags,
      response: { 200: statsView },
    },
    handler: () => verbs.stats(),
  });
}
