/** Probes of this process, and its metrics: the same as at its health listener. */
import { z } from 'zod';
import { ForewarmError } from '../../core/errors.ts';
import { type HealthItem, isWell } from '../../core/health.ts';
import { healthItem, silentTier } from '../../verbs/shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['health'];
const process = {
  roles: z.array(z.string()).describe('Of this process.'),
  checks: z.array(healthItem).describe('What was looked at; all of it is well.'),
};
const alive = z.object({ status: z.literal('alive'), ...process });
const ready = z.object({
  status: z.literal('ready'),
  ...process,
  silent: z.array(silentTier).describe('Tiers that do not answer, while others do.'),
});

export function probeRoutes(app: Server, context: RouteContext): void {
  liveness(app, context, '/livez', {
    operationId: 'isAlive',
    summary: 'Whether this process lives; if not, restart it',
  });
  liveness(app, context, '/healthz', {
    operationId: 'isHealthy',
    summary: 'The same as `/livez`, under its former name',
    deprecated: true,
  });
  readiness(app, context);
  metrics(app, context);
}

interface Told {
  readonly operationId: string;
  readonly summary: string;
  readonly deprecated?: true;
}

function liveness(app: Server, { health }: RouteContext, url: string, told: Told): void {
  app.route({
    method: 'GET',
    url,
    config: { scope: 'open', whileStopping: true },
    schema: { ...told, tags, response: { 200: alive } },
    handler: async () => {
      const { roles, checks } = health.live();
      orNotReady(checks);
      return { status: 'alive' as const, roles: [...roles], checks: [...checks] };
    },
  });
}

function readiness(app: Server, { health }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { scope: 'open' },
    schema: {
      operationId: 'isReady',
      summary:
        'Whether this process can do its work: each thing that it needs, and which tiers do not answer',
      tags,
      response: { 200: ready },
    },
    handler: async () => {
      const { roles, checks, silent } = await health.ready();
      orNotReady(checks);
      return { status: 'ready' as const, roles: [...roles], checks: [...checks], silent: [...silent] };
    },
  });
}

/** As Prometheus knows them: the versions of the formats are in the types. */
const TEXTS = ['text/plain', 'application/openmetrics-text'];

function metrics(app: Server, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'read' },
    schema: {
      operationId: 'readMetrics',
      summary: 'What this process has done, as text for Prometheus',
      description: 'Of this process alone: each is asked for itself. docs/metrics.md lists what there is.',
      tags,
      response: {
        200: {
          description: 'The text, in the format that `Accept` prefers.',
          content: Object.fromEntries(
            TEXTS.map((type) => [type, { schema: z.unknown().meta({ type: 'string' }) }]),
          ),
        },
      },
    },
    handler: async ({ headers }, reply) => {
      const { type, text } = await context.metrics(headers.accept);
      return reply.header('content-type', type).send(text);
    },
  });
}

/** Every check is told with the problem, those that are well as well. */
function orNotReady(checks: readonly HealthItem[]): void {
  const reasons = checks.filter((check) => !isWell(check)).map(({ reason }) => reason);
  if (reasons.length > 0) throw new ForewarmError('E_NOT_READY', reasons.join('; '), { details: { checks } });
}
