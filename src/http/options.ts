import { z } from 'zod';
import { hostOption, portOption } from './listening.ts';

export const httpOptions = z.strictObject({
  port: portOption()
    .optional()
    .describe(
      'The port at which a worker, scheduler or API serves `/livez`, `/readyz` and `/metrics`, without a token; 0 is any free one. ' +
        'Absent: nothing is served, since two processes of one host cannot have the same. The image sets 7078.',
    ),
  host: hostOption().describe(
    'The address to listen at; `0.0.0.0` is every one. Whoever reaches it sees the metrics, whose labels name origins, sources and schedules, and no keys.',
  ),
});
export type HttpOptions = z.infer<typeof httpOptions>;
