import { planRequest } from '../../verbs/plans/plan-request.ts';
import { planReport } from '../../verbs/plans/plan-shapes.ts';
import { abortOnClose } from '../abort-on-close.ts';
import type { RouteContext, Server } from '../server.ts';

export function planRoutes(app: Server, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/plans',
    config: { scope: 'read' },
    schema: {
      operationId: 'plan',
      summary: 'What a warm would do, and what it would take, before it does anything',
      description:
        'The body is that of a run, or names a schedule; `by` says when it is to be done. What calls take is what calls took: of a ' +
        'source that was never called there is no likely time, and the shortest one is by its budget alone.',
      tags: ['runs'],
      body: planRequest,
      response: { 200: planReport },
    },
    handler: ({ body }, reply) => context.verbs.plan(body, { signal: abortOnClose(reply, context) }),
  });
}
