/** Probes of this process, and the doctor's findings about the installation. */
import { z } from 'zod';
import { ForewarmError } from '../../core/errors.ts';
import { orAfter } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { doctorReport } from '../../verbs/health/doctor.ts';
import { silentTier } from '../../verbs/shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['health'];

const examineQuery = z.strictObject({
  check: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((ids) => [ids].flat())
    .describe('Only the check of this id; may be given several times.'),
});

export function healthRoutes(app: Server, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    config: { scope: 'open' },
    schema: {
      operationId: 'isAlive',
      summary: 'Whether this process lives; if not, restart it',
      tags,
      response: { 200: z.object({ status: z.literal('alive') }) },
    },
    handler: async () => {
      orNotReady(context.alive());
      return { status: 'alive' as const };
    },
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { scope: 'open' },
    schema: {
      operationId: 'isReady',
      summary: 'Whether this process can do its work, and which tiers do not answer',
      tags,
      response: { 200: z.object({ status: z.literal('ready'), silent: z.array(silentTier) }) },
    },
    handler: async () => {
      const late = () => ({ reasons: [`no answer within ${PATIENCE.health} ms`], silent: [] });
      const { reasons, silent } = await orAfter(context.clock, PATIENCE.health, context.verbs.ready(), late);
      orNotReady(reasons);
      return { status: 'ready' as const, silent: [...silent] };
    },
  });
  examine(app, context);
}

function examine(app: Server, { verbs }: RouteContext): void {
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
    handler: ({ query }) => verbs.doctor(query.check),
  });
}

function orNotReady(reasons: readonly string[]): void {
  if (reasons.length > 0) throw new ForewarmError('E_NOT_READY', reasons.join('; '));
}
