/** What is seen of all schedules together: how their times ended, and what the clocks will do to them. */
import { z } from 'zod';
import { MOST_RESULTS, scheduleResults } from '../../verbs/schedules/schedule-result-shapes.ts';
import { CHANGES_SHOWN, clockChange, MOST_PREVIEWED } from '../../verbs/schedules/schedule-shapes.ts';
import { writtenTime } from '../../verbs/shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const changesQuery = z.strictObject({
  schedule: z.string().min(1).optional().describe('The name of one schedule; absent: all.'),
  count: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_PREVIEWED)
    .default(CHANGES_SHOWN)
    .describe('Times that are named of each schedule, at most.'),
  from: writtenTime()
    .optional()
    .describe(
      'ISO 8601; without Z or +01:00 it is of the time zone of the one schedule, or else UTC. Now, unless given.',
    ),
});
const resultsQuery = z.strictObject({
  name: z.string().min(1).optional().describe('The name of one schedule; absent: all.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_RESULTS)
    .default(20)
    .describe('Times of each; of all schedules together at most 50.'),
});

export function scheduleLookRoutes(app: Server, context: RouteContext): void {
  previewChanges(app, context);
  results(app, context);
}

function results(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/schedule-results',
    config: { scope: 'read' },
    schema: {
      operationId: 'listScheduleResults',
      summary: 'How the last times of schedules ended, what came of their runs, and which go on',
      tags,
      querystring: resultsQuery,
      response: { 200: z.object({ schedules: z.array(scheduleResults) }) },
    },
    handler: async ({ query }) => ({
      schedules: await verbs.scheduleResults(query.name ?? null, query.limit),
    }),
  });
}

function previewChanges(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/clock-changes',
    config: { scope: 'read' },
    schema: {
      operationId: 'previewClockChanges',
      summary: 'The next change of the clocks in each zone of schedules, and what it does to their times',
      tags,
      querystring: changesQuery,
      response: { 200: z.object({ changes: z.array(clockChange) }) },
    },
    handler: async ({ query }) => ({
      changes: await verbs.clockChanges(query.from, query.schedule, query.count),
    }),
  });
}
