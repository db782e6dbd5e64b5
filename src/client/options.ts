import { z } from 'zod';
import { duration, percent } from '../core/options.ts';
import { MISS_POLICIES } from '../core/source.ts';

/** What each source declares for its readers. */
export const missOptions = {
  miss: z
    .enum(MISS_POLICIES)
    .default('none')
    .describe(
      'What a reader does when no tier has a value: `none` goes without, `origin` fetches it there, inside the budget, `request` asks the workers for it.',
    ),
  softDeadline: duration()
    .prefault('0s')
    .describe(
      'How long a read that has a stale value waits for a fresh one. 0s: it takes the stale one at once.',
    ),
  hardDeadline: duration()
    .prefault('5s')
    .describe('How long a read that has nothing waits for a value; then it is a miss.'),
};

export const readerOptions = z.strictObject({
  localShare: percent()
    .prefault('10%')
    .describe(
      "The share of each origin's budget that a reader keeps to by itself while the Redis for jobs is away; one call at a time at the least.",
    ),
});
