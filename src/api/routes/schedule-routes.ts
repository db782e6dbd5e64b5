import { z } from 'zod';
import { scheduleView } from '../../verbs/schedules.ts';
import type { RouteContext, Server } from '../server.ts';
import { pathOfRun } from './run-routes.ts';

const tags = ['operations'];
const triggered = z.object({
  schedule: z.string(),
  run: z.string().nullable().describe("The run it made; null for a temperature's refresh."),
});

export function scheduleRoutes(app: Server, { verbs }: RouteContext): void {
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
