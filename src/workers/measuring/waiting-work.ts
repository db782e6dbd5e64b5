/** What waits in the queue, and what has failed for good. */
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Section } from './measurer.ts';

export interface WaitingWorkDeps {
  readonly queue: Pick<Queue, 'counts' | 'oldest'>;
  readonly deadLetters: Pick<DeadLetters, 'total'>;
  readonly lanes: readonly string[];
}

export function waitingWork({ queue, deadLetters, lanes: names }: WaitingWorkDeps): Section {
  return async (now) => {
    const [keys, ...lanes] = await Promise.all([
      deadLetters.total(),
      ...names.map(async (lane) => {
        const [counts, oldest] = await Promise.all([queue.counts(lane), queue.oldest(lane)]);
        return { lane, ...counts, oldest: oldest === undefined ? 0 : Math.max(0, now - oldest) };
      }),
    ]);
    const jobs = lanes.reduce((sum, { failed }) => sum + failed, 0);
    return {
      lanes,
      deadLetters: [
        { of: 'keys', count: keys },
        { of: 'jobs', count: jobs },
      ],
    };
  };
}
