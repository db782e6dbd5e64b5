/** What waits in the queue, and what has failed for good. */
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import { type LaneState, lanesWithOrphans } from '../../queue/lanes.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Section } from './measurer.ts';

export interface WaitingWorkDeps {
  readonly queue: Pick<Queue, 'counts' | 'lanes' | 'oldest'>;
  readonly deadLetters: Pick<DeadLetters, 'total'>;
  readonly budgets: ReadonlyMap<string, unknown>;
}

interface LaneRow extends Omit<LaneState, 'isConfigured'> {
  readonly oldest: number;
}

/** The row of all orphans together: names of lanes that come and go would be series without end. No origin can be called so. */
const ORPHANS = '(orphans)';
const NOTHING = { waiting: 0, delayed: 0, active: 0, failed: 0, oldest: 0 };

export function waitingWork({ queue, deadLetters, budgets }: WaitingWorkDeps): Section {
  return async (now) => {
    const [keys, states] = await Promise.all([deadLetters.total(), lanesWithOrphans(queue, budgets)]);
    const rows = await Promise.all(
      states.map(async ({ isConfigured, ...state }) => {
        const since = await queue.oldest(state.lane);
        const oldest = since === undefined ? 0 : Math.max(0, now - since);
        return { ...state, lane: isConfigured ? state.lane : ORPHANS, oldest };
      }),
    );
    const isOrphan = ({ lane }: LaneRow) => lane === ORPHANS;
    const orphans = rows.filter(isOrphan).reduce(together, { lane: ORPHANS, ...NOTHING });
    const lanes = [...rows.filter((row) => !isOrphan(row)), orphans];
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

function together(a: LaneRow, b: LaneRow): LaneRow {
  return {
    lane: a.lane,
    waiting: a.waiting + b.waiting,
    delayed: a.delayed + b.delayed,
    active: a.active + b.active,
    failed: a.failed + b.failed,
    oldest: Math.max(a.oldest, b.oldest),
  };
}
