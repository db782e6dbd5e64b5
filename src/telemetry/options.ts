import { z } from 'zod';
import { LOG_LEVELS } from '../core/log-level.ts';

export const logOptions = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is logged.'),
  format: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('`json` for machines, `text` for people; `auto` is text on a terminal.'),
});
