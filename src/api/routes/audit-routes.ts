/** Who changed what. */
import { auditPage, auditRequest } from '../../verbs/audit/audit-shapes.ts';
import { writtenTime } from '../../verbs/shapes.ts';
import { pageQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

const { who, verb } = auditRequest.shape;
const moment = (what: string) =>
  writtenTime().optional().describe(`Only what ended ${what}; ISO 8601, UTC unless it says otherwise.`);
const auditQuery = pageQuery({ most: 1_000, usual: 50 }).extend({
  ...{ who, verb },
  since: moment('then or later'),
  until: moment('then or before'),
});

export function auditRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/audit',
    config: { scope: 'read' },
    schema: {
      operationId: 'listActions',
      summary: 'Who changed what, newest first',
      description:
        'Each call that changed something, by the API, a command, a program or the inbox, once it has ended: who asked, for what, with which ' +
        'note, and what came of it. `jobs.history` says how far back.',
      tags: ['operations'],
      querystring: auditQuery,
      response: { 200: auditPage },
    },
    handler: ({ query }) => verbs.audit(query),
  });
}
