/** What was measured over time. */
import { z } from 'zod';
import { SERIES_NAMES } from '../../core/metrics/history-series.ts';
import { historyRequest, historyView, MOST, rowFilter, STEP } from '../../verbs/history-shapes.ts';
import type { RouteContext, Server } from '../server.ts';

const { shape } = historyRequest;
const time = z.string().max(100).optional();

const historyQuery = z.strictObject({
  series: z
    .string()
    .min(1)
    .max(MOST.series * 40)
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(SERIES_NAMES)).min(1).max(MOST.series))
    .describe(`One, or several with commas between them. ${shape.series.description ?? ''}`),
  ...rowFilter,
  from: time.describe(`ISO 8601, or ms since the epoch. ${shape.from.description ?? ''}`),
  to: time.describe(`The same. ${shape.to.description ?? ''}`),
  step: z.coerce
    .number()
    .int()
    .min(STEP.least)
    .max(STEP.most)
    .optional()
    .describe(shape.step.description ?? ''),
});

export function historyRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/history',
    config: { scope: 'read' },
    schema: {
      operationId: 'readHistory',
      summary: 'What was measured of the service, over time',
      tags: ['operations'],
      querystring: historyQuery,
      response: { 200: historyView },
    },
    handler: ({ query: { from, to, ...rest } }) =>
      verbs.history({ ...rest, from: timeOf(from), to: timeOf(to) }),
  });
}

function timeOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}
