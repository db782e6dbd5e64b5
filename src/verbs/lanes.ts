/** The lanes of the queue: what waits in each and for how long, who takes it, and what holds it up. */
import type { Ledger } from '../budget/ledger.ts';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import type { Budget } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { Histogram } from '../core/metrics/histogram.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import { type LaneState, lanesWithOrphans } from '../queue/lanes.ts';
import type { Queue } from '../queue/queue.ts';
import { percentilesOf } from './metrics-view.ts';
import type { LaneList, LaneView } from './process-shapes.ts';
import { nameOf, originWaits } from './runs/run-waits.ts';

export interface LanesDeps {
  readonly queue: Pick<Queue, 'lanes' | 'counts' | 'oldest'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly clock: Clock;
  /** This process, which knows more about itself than it last published. */
  readonly self: { readonly id: string; readonly statistics: () => Statistics };
}

export async function listLanes(deps: LanesDeps): Promise<LaneList> {
  const { queue, registry, budgets, clock, self } = deps;
  const at = clock.now();
  const [beats, lanes] = await Promise.all([registry.processes(at), lanesWithOrphans(queue, budgets)]);
  const done = beats.map((beat) => (beat.id === self.id ? self.statistics() : beat.statistics));
  return { at, lanes: await Promise.all(lanes.map((lane) => viewOf(deps, lane, { beats, done, at }))) };
}

/** What all processes told, and when they were asked. */
interface Heard {
  readonly beats: readonly ProcessBeat[];
  /** What each of them has counted. */
  readonly done: readonly (Statistics | undefined)[];
  readonly at: number;
}

async function viewOf(
  { queue, ledger, budgets }: LanesDeps,
  { lane, isConfigured, ...counts }: LaneState,
  { beats, done, at: now }: Heard,
): Promise<LaneView> {
  const origin = budgets.has(lane) ? lane : null;
  const [oldest, state] = await Promise.all([
    queue.oldest(lane),
    origin === null ? undefined : ledger.state(origin),
  ]);
  const workers = beats.flatMap((beat) => workersIn(beat, lane));
  return {
    ...{ lane, origin, configured: isConfigured, ...counts, oldest: oldest ?? null },
    ...{ waited: waitedIn(lane, done), workers },
    waitsFor: [...nobodyIn(lane, workers, beats), ...originWaits(state, beats, now)],
  };
}

function workersIn({ id, state, ...beat }: ProcessBeat, lane: string): LaneView['workers'] {
  const active = state?.lanes[lane];
  return active === undefined ? [] : [{ id, name: nameOf(id, [{ id, ...beat }]) ?? id, active }];
}

/** Workers of an older version do not tell their lanes: then nobody can say that there is none. */
function nobodyIn(
  lane: string,
  workers: LaneView['workers'],
  beats: readonly ProcessBeat[],
): LaneView['waitsFor'] {
  const isUntold = beats.some(({ roles, state }) => roles.includes('worker') && state === undefined);
  if (workers.length > 0 || isUntold) return [];
  const hasWorker = beats.some(({ roles }) => roles.includes('worker'));
  const reason = hasWorker
    ? `no worker takes jobs of the lane ${lane}: none is configured with its origin`
    : 'no worker is running: start one with `forewarm worker`';
  return [{ for: 'worker', origin: null, until: null, reason, by: null }];
}

function waitedIn(lane: string, all: readonly (Statistics | undefined)[]): LaneView['waited'] {
  const histogram = new Histogram();
  for (const { buckets } of all.flatMap((one) => one?.jobWaits ?? []).filter((row) => row.lane === lane))
    histogram.add(buckets);
  return { jobs: histogram.total, ...percentilesOf(histogram) };
}
