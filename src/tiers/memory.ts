import { z } from 'zod';
import { size } from '../core/options.ts';

export const memoryOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in the memory of this process.'),
  maxSize: size()
    .prefault('256MB')
    .describe('Bound on keys, heads and bodies together; the least recently used go first.'),
});
