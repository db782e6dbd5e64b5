import { z } from 'zod';
import { deadLetterPage } from '../../verbs/dead-letters.ts';
import { doctorCheck } from '../../verbs/doctor.ts';
import { gcReport } from '../../verbs/maintenance/maintenance.ts';
import { scheduleView } from '../../verbs/schedules.ts';
import { statsView } from '../../verbs/statistics-view.ts';
import type { RouteContext, Server } from '../server.ts';
import { pathOfRun } from './run-routes.ts';

const tags = ['operations'];
const triggered = z.object({
  schedule: z.string(),
  run: z.string().nullable().describe("The run it made; null for a temperature's refresh."),
});
const lettersQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const redriveRequest = z.strictObject({
  ids: z.array(z.string().min(1)).max(10_000).default([]).describe('Which dead letters; none: all of them.'),
});

export function operationRoutes(app: Server, desk: RouteContext): void {
  schedules(app, desk);
  deadLetters(app, desk);
  upkeep(app, desk);
}

function schedules(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/schedules',
    config: { scope: 'read' },
    schema: {
      operationId: 'listSchedules',
      summary: 'The schedules, and when each fires next',
      tags,
      response: { 200: z.object({ schedules: z.array(scheduleView) }) },
    },
    handler: async () => ({ schedules: await verbs.schedules() }),
  });
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/trigger',
    config: { scope: 'warm' },
    schema: {
      operationId: 'triggerSchedule',
      summary: 'Make a schedule fire now',
      tags,
      params: z.object({ name: z.string().min(1).describe('The name of a schedule.') }),
      response: { 202: triggered },
    },
    handler: async ({ params }, reply) => {
      const fired = await verbs.trigger(params.name);
      if (fired.run !== null) reply.header('location', pathOfRun(fired.run));
      return reply.code(202).send(fired);
    },
  });
}

function deadLetters(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/dead-letters',
    config: { scope: 'read' },
    schema: {
      operationId: 'listDeadLetters',
      summary: 'What failed for good, newest first',
      tags,
      querystring: lettersQuery,
      response: { 200: deadLetterPage },
    },
    handler: ({ query }) => verbs.deadLetters(query.limit),
  });
  app.route({
    method: 'POST',
    url: '/v1/dead-letters/redrive',
    config: { scope: 'admin' },
    schema: {
      operationId: 'redriveDeadLetters',
      summary: 'Queue dead letters again',
      tags,
      body: redriveRequest,
      response: { 200: z.object({ redriven: z.int().describe('How many were queued again.') }) },
    },
    handler: async ({ body }) => ({ redriven: await verbs.redrive(body.ids) }),
  });
}

function upkeep(app: Server, { verbs }: RouteContext): void {
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
    method: 'POST',
    url: '/v1/gc',
    config: { scope: 'admin' },
    schema: { operationId: 'collect', summary: 'Remove what is expired', tags, response: { 200: gcReport } },
    handler: () => verbs.gc(),
  });
  app.route({
    method: 'GET',
    url: '/v1/doctor',
    config: { scope: 'read' },
    schema: {
      operationId: 'examine',
      summary: 'What is wrong with this installation, and the remedy',
      tags,
      response: { 200: z.object({ checks: z.array(doctorCheck) }) },
    },
    handler: async () => ({ checks: await verbs.doctor() }),
  });
}
