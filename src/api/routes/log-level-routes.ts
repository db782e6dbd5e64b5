import { logLevelRequest, logLevelView } from '../../verbs/log-level-shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];

export function logLevelRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/log-level',
    config: { scope: 'read' },
    schema: {
      operationId: 'getLogLevel',
      summary: 'How much each process logs',
      tags,
      response: { 200: logLevelView },
    },
    handler: () => verbs.logLevel(),
  });
  app.route({
    method: 'PUT',
    url: '/v1/log-level',
    config: { scope: 'admin' },
    schema: {
      operationId: 'setLogLevel',
      summary: 'Have processes log more or less for a while',
      description: 'The answer shows what they last reported: they follow within four seconds.',
      tags,
      body: logLevelRequest,
      response: { 200: logLevelView },
    },
    handler: ({ body, caller }) => verbs.setLogLevel(body, caller?.name ?? 'api'),
  });
}
