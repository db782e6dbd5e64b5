import { z } from 'zod';
import { runDiff, runFailures, runReport } from '../../verbs/runs/run-report-shapes.ts';
import { pageQuery, samplesQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['runs'];
const byId = z.object({ id: z.string().min(1).describe('The id of a run.') });
const samples = samplesQuery(5).describe('Keys to name of each kind.');
const reportQuery = z.strictObject({ samples });
const failuresQuery = pageQuery({ most: 5_000, usual: 100 });
const diffQuery = z.strictObject({
  samples,
  to: z
    .string()
    .min(1)
    .optional()
    .describe('The run to compare it with; absent: the one before it of the same schedule or selector.'),
});

export function runReportRoutes(app: Server, context: RouteContext): void {
  listFailures(app, context);
  const { verbs } = context;
  app.route({
    method: 'GET',
    url: '/v1/runs/:id/report',
    config: { scope: 'read' },
    schema: {
      operationId: 'reportRun',
      summary: 'How a run went: against what was planned, and against the run before it',
      tags,
      params: byId,
      querystring: reportQuery,
      response: { 200: runReport },
    },
    handler: ({ params, query }) => verbs.runReport(params.id, query.samples),
  });
  app.route({
    method: 'GET',
    url: '/v1/runs/:id/diff',
    config: { scope: 'read' },
    schema: {
      operationId: 'diffRuns',
      summary: 'What is new in a run: keys that fail and did not, recovered, came, left, became slow',
      description: 'Where there is no run before it: `E_NOT_FOUND`.',
      tags,
      params: byId,
      querystring: diffQuery,
      response: { 200: runDiff },
    },
    handler: ({ params, query }) => verbs.diffRuns(params.id, query.to, query.samples),
  });
}

function listFailures(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/runs/:id/failures',
    config: { scope: 'read' },
    schema: {
      operationId: 'listFailures',
      summary: 'The keys of a run that failed, were refused or are in quarantine, each with the reason',
      description: 'In the order of its manifest. Of a run that goes on: those so far (`progress`).',
      tags,
      params: byId,
      querystring: failuresQuery,
      response: { 200: runFailures },
    },
    handler: ({ params, query }) => verbs.runFailures(params.id, query.limit, query.cursor),
  });
}
