import { z } from 'zod';
import { duration } from '../core/options.ts';

export const redisTierOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in Redis, for every process.'),
  prefix: z.string().default('fw:').describe('What the Redis key of every entry starts with.'),
  timeout: duration().prefault('1s').describe('A call that takes longer has failed; the next tier answers.'),
});
