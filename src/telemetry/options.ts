import { z } from 'zod';

export const logOptions = z.strictObject({
  level: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  format: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('`json` for machines, `text` for people; `auto` is text on a terminal.'),
});
