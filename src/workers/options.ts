import { z } from 'zod';
import { duration, timerFrom } from '../core/options.ts';

export const workerOptions = z.strictObject({
  concurrency: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe(
      'Jobs (chunks of keys) at the same time in each worker, per origin and for each who uses its budget: reads that wait, refreshes of hot, of warm and of cold, runs. None keeps another waiting.',
    ),
  lock: timerFrom(1_000)
    .prefault('30s')
    .describe(
      'A worker that does not renew its lock on a job this long has lost it; another takes the job up.',
    ),
  stalledCheck: timerFrom(100).prefault('10s').describe('How often lost jobs are looked for.'),
  grace: duration()
    .prefault('4s')
    .describe('How long a stopping worker goes on with the chunks it has; then they go back to the queue.'),
});
