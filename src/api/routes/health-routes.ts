/** The doctor's findings about the installation. */
import { z } from 'zod';
import { doctorReport } from '../../verbs/health/doctor-shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const examineQuery = z.strictObject({
  checks: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((id) => id !== ''))
    .describe('Only the checks of these ids, with commas between them.'),
});

export function healthRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/doctor',
    config: { scope: 'read', callsOrigins: true },
    schema: {
      operationId: 'examine',
      summary: 'What is wrong with this installation, and the remedy',
      tags: ['operations'],
      querystring: examineQuery,
      response: { 200: doctorReport },
    },
    handler: ({ query }) => verbs.doctor(query.checks),
  });
}
