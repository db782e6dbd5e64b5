/** What waits in the queue, and what has failed for good. */
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import { configuredLanes, type LaneState, orphanLanes } from '../../queue/lanes.ts';
import type { LaneCounts, Queue } from '../../queue/queue.ts';
import type { Section } from './measurer.ts';
import type { Measuring } from './measuring.ts';

export interface WaitingWorkDeps {
  readonly queue: Pick<Queue, 'counts' | 'lanes' | 'oldest'>;
  readonly deadLetters: Pick<DeadLetters, 'total'>;
  readonly budgets: ReadonlyMap<string, unknown>;
}

/** The row of all orphans together: names of lanes that come and go would be series without end. No origin can be called so. */
const ORPHANS = '(orphans)';
const NOTHING = { waiting: 0, delayed: 0, active: 0, failed: 0 };

export function waitingWork({ queue, deadLetters, budgets }: WaitingWorkDeps): Section {
  const configured = configuredLanes(budgets.keys());
  return async (measuring) => {
    const found = measuring.part('lanes without an origin', () => orphanLanes(queue, configured));
    const [keys, own, orphans, oldest, oldestOrphan] = await Promise.all([
      measuring.part('dead letters', () => deadLetters.total()),
      measuring.parts('jobs of a lane', configured, async (lane) => ({
        ...{ lane, ...(await queue.counts(lane)) },
      })),
      found.then(together),
      oldestRows(queue, configured, measuring),
      found.then((states) => oldestOf(queue, states, measuring)),
    ]);
    const rows = [...own, orphans];
    const lanes = rows.filter((row) => row !== undefined);
    // The sum of some lanes would seem to be that of all.
    const jobs = lanes.length < rows.length ? undefined : lanes.reduce((sum, { failed }) => sum + failed, 0);
    return {
      lanes,
      oldest: [...oldest, oldestOrphan].filter((row) => row !== undefined),
      deadLetters: Object.entries({ keys, jobs }).flatMap(([of, count]) =>
        count === undefined ? [] : [{ of, count }],
      ),
    };
  };
}

type Oldest = StatisticsRow<'oldest'>;

function oldestRows(
  queue: WaitingWorkDeps['queue'],
  lanes: readonly string[],
  measuring: Measuring,
): Promise<(Oldest | undefined)[]> {
  return measuring.parts('the oldest job of a lane', lanes, async (lane) => {
    const since = await queue.oldest(lane);
    return { lane, oldest: since === undefined ? 0 : Math.max(0, measuring.now - since) };
  });
}

/** Of all orphans together; undefined where it is not known of one. */
async function oldestOf(
  queue: WaitingWorkDeps['queue'],
  orphans: readonly LaneState[] | undefined,
  measuring: Measuring,
): Promise<Oldest | undefined> {
  if (orphans === undefined) return undefined;
  const names = orphans.map(({ lane }) => lane);
  const rows = await oldestRows(queue, names, measuring);
  const known = rows.filter((row) => row !== undefined);
  if (known.length < rows.length) return undefined;
  return { lane: ORPHANS, oldest: Math.max(0, ...known.map(({ oldest }) => oldest)) };
}

function together(orphans: readonly LaneCounts[] | undefined): StatisticsRow<'lanes'> | undefined {
  return orphans?.reduce<StatisticsRow<'lanes'>>(
    (sum, { waiting, delayed, active, failed }) => ({
      lane: ORPHANS,
      waiting: sum.waiting + waiting,
      delayed: sum.delayed + delayed,
      active: sum.active + active,
      failed: sum.failed + failed,
    }),
    { lane: ORPHANS, ...NOTHING },
  );
}
