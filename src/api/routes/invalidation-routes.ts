import { clearRequest, invalidateReport, invalidateRequest } from '../../verbs/invalidation-shapes.ts';
import { type Caller, demand } from '../access.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['entries'];

export function invalidationRoutes(app: Server, context: RouteContext): void {
  invalidate(app, context);
  clear(app, context);
}

function invalidate(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/invalidations',
    config: { scope: 'invalidate' },
    schema: {
      operationId: 'invalidate',
      summary: 'Make values stale, or drop them',
      description: '`rewarm` creates a run, and so needs the scope `warm` too.',
      tags,
      body: invalidateRequest,
      response: { 200: invalidateReport },
    },
    handler: async ({ body, caller }) => {
      mayRewarm(body, caller);
      return verbs.invalidate(body, 'api');
    },
  });
}

function clear(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/clear',
    config: { scope: 'admin' },
    schema: {
      operationId: 'clear',
      summary: 'Drop every value, or make all of them stale',
      description:
        'It costs the same however many there are. `rewarm` creates a run, and so needs the scope `warm` too.',
      tags,
      body: clearRequest,
      response: { 200: invalidateReport },
    },
    handler: async ({ body, caller }) => {
      mayRewarm(body, caller);
      return verbs.clear(body, 'api');
    },
  });
}

/** Throws `E_FORBIDDEN`: warming again needs a scope of its own. */
function mayRewarm({ rewarm }: { readonly rewarm: boolean }, caller: Caller | undefined): void {
  if (rewarm && caller !== undefined) demand(caller, 'warm');
}
