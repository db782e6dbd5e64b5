import { z } from 'zod';
import { BUDGET_HOURS, budgetReport } from '../../verbs/budget-shapes.ts';
import { overview, statsView } from '../../verbs/statistics-view.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];

const budgetQuery = z.strictObject({
  origin: z.string().min(1).optional().describe('One origin; else all.'),
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(BUDGET_HOURS)
    .default(24)
    .describe('How many, with the one that runs.'),
});

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
  app.route({
    method: 'GET',
    url: '/v1/overview',
    config: { scope: 'read' },
    schema: {
      operationId: 'readOverview',
      summary: 'How warm each source is and what it keeps, at little cost',
      tags,
      response: { 200: overview },
    },
    handler: () => verbs.overview(),
  });
  app.route({
    method: 'GET',
    url: '/v1/budget',
    config: { scope: 'read' },
    schema: {
      operationId: 'readBudget',
      summary: 'Who used the budgets of origins, by hour, and what holds now',
      tags,
      querystring: budgetQuery,
      response: { 200: budgetReport },
    },
    handler: ({ query }) => verbs.budget(query.origin, query.hours),
  });
}
