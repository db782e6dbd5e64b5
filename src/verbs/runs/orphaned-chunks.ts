/** Runs whose jobs lie in lanes that nobody of this configuration takes jobs of, since their origin was renamed or removed. */
import type { Run } from '../../catalog/runs/runs.ts';
import { chunkJob } from '../../jobs/run-jobs.ts';
import { configuredLanes, jobsIn, orphanLanes } from '../../queue/lanes.ts';
import type { Queue } from '../../queue/queue.ts';

export interface OrphanedChunksDeps {
  readonly queue: Pick<Queue, 'counts' | 'lanes' | 'pending'>;
  readonly budgets: ReadonlyMap<string, unknown>;
}

/** Chunks of a run in such a lane. */
export interface OrphanedChunks {
  readonly lane: string;
  readonly jobs: number;
  /** Whether all chunks of the run were looked for. */
  readonly isAll: boolean;
}

/** Chunks of a run that are looked for in each lane. */
const LOOKED_FOR = 20;

/** Of each run, in order: the lanes that have some of it. */
export async function orphanedChunks(
  { queue, budgets }: OrphanedChunksDeps,
  runs: readonly Run[],
): Promise<OrphanedChunks[][]> {
  if (!runs.some(({ state }) => state === 'running')) return runs.map(() => []);
  const orphans = await orphanLanes(queue, configuredLanes(budgets.keys()));
  const lanes = orphans.filter((state) => jobsIn(state) > 0).map(({ lane }) => lane);
  return Promise.all(
    runs.map(async (run) => {
      if (run.state !== 'running') return [];
      const found = await Promise.all(lanes.map((lane) => chunksIn(queue, lane, run)));
      return found.filter(({ jobs }) => jobs > 0);
    }),
  );
}

async function chunksIn(
  queue: OrphanedChunksDeps['queue'],
  lane: string,
  { id, chunks }: Run,
): Promise<OrphanedChunks> {
  const jobs = Array.from({ length: Math.min(chunks, LOOKED_FOR) }, (_, n) => chunkJob(id, n, undefined).id);
  const pending = await Promise.all(jobs.map((job) => queue.pending(lane, job)));
  return { lane, jobs: pending.filter(Boolean).length, isAll: chunks <= LOOKED_FOR };
}
