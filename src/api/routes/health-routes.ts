/** Probes of this process, and the doctor's findings about the installation. */
import { z } from 'zod';
import { type Clock, sleep } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { doctorCheck } from '../../verbs/doctor.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['health'];
/** In ms. Probes give up after a few seconds, and a response that says why is worth more than none. */
const PATIENCE_MS = 3_000;

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
      summary: 'Whether this process can do its work',
      tags,
      response: { 200: z.object({ status: z.literal('ready') }) },
    },
    handler: async () => {
      orNotReady(await within(context.clock, context.verbs.ready()));
      return { status: 'ready' as const };
    },
  });
  examine(app, context);
}

function examine(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/doctor',
    config: { scope: 'read' },
    schema: {
      operationId: 'examine',
      summary: 'What is wrong with this installation, and the remedy',
      tags: ['operations'],
      response: { 200: z.object({ checks: z.array(doctorCheck) }) },
    },
    handler: async () => ({ checks: await verbs.doctor() }),
  });
}

function orNotReady(reasons: readonly string[]): void {
  if (reasons.length > 0) throw new ForewarmError('E_NOT_READY', reasons.join('; '));
}

async function within(clock: Clock, reasons: Promise<string[]>): Promise<string[]> {
  const over = new AbortController();
  const late = sleep(clock, PATIENCE_MS, over.signal).then(() => [`no answer within ${PATIENCE_MS} ms`]);
  try {
    return await Promise.race([reasons, late]);
  } finally {
    over.abort();
  }
}
