import { z } from 'zod';
import { words } from '../../core/options.ts';
import { parseShare } from '../../core/units.ts';
import { coverageDemand, coverageReport } from '../../verbs/coverage-shapes.ts';
import { samplesQuery, selectorQuery } from '../conventions.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['entries'];
const { min, fresh, tier, per } = coverageDemand.shape;
/** As `99%` or `0.99`. */
const share = ({ description = '' }: z.ZodType) =>
  words(parseShare, 'share').optional().describe(`${description} Such as \`99%\` or \`0.99\`.`);
const query = z.strictObject({
  selector: selectorQuery(),
  samples: samplesQuery(10).describe(
    'Keys to name: those that are missing, per tier, and those that are warm nowhere.',
  ),
  ...{ min: share(min), fresh: share(fresh), tier, per },
});

export function coverageRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/coverage',
    config: { scope: 'read' },
    schema: {
      operationId: 'checkCoverage',
      summary: 'How much of a selection is warm, per tier, and whether that is as much as is demanded',
      description:
        'What is demanded by `min` and `fresh` is judged in `verdict`; the status is 200 whether it is met or not.',
      tags,
      querystring: query,
      response: { 200: coverageReport },
    },
    handler: ({ query: { selector, samples, ...demand } }) => verbs.check(selector, samples, demand),
  });
}
