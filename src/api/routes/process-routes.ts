/** Who works, and on what. */
import { laneList, processList } from '../../verbs/process-shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];

export function processRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/processes',
    config: { scope: 'read' },
    schema: {
      operationId: 'listProcesses',
      summary: 'The processes that live, how each is, and which lanes it works on',
      tags,
      response: { 200: processList },
    },
    handler: () => verbs.processes(),
  });
  app.route({
    method: 'GET',
    url: '/v1/lanes',
    config: { scope: 'read' },
    schema: {
      operationId: 'listLanes',
      summary: 'What waits in each lane and for how long, who takes it, and what holds it up',
      tags,
      response: { 200: laneList },
    },
    handler: () => verbs.lanes(),
  });
}
