import { z } from 'zod';
import { rate } from '../core/options.ts';

/** What each origin declares of its budget, whatever its kind. */
export const budgetOptions = {
  concurrency: z.int().min(1).default(8).describe('Calls at the same time, over all processes together.'),
  rate: rate()
    .optional()
    .describe('Calls per time, over all processes together, such as `50/s`. Absent: unlimited.'),
};
