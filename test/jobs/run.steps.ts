/** Steps of the tests of runs, whose jobs are done by hand or by a worker pool. */
import { expect, onTestFinished } from 'vitest';
import { PLAIN_RUN, type Run, type RunOptions } from '../../src/catalog/runs/runs.ts';
import { sumOf } from '../../src/core/outcome.ts';
import { anyKind } from '../../src/jobs/job.ts';
import type { Prefetch } from '../../src/jobs/prefetch.ts';
import type { PrefetchPayload } from '../../src/jobs/run-jobs.ts';
import type { Ending } from '../../src/queue/queue.ts';
import { executor } from '../../src/workers/executor.ts';
import { WorkerPool } from '../../src/workers/worker-pool.ts';
import type { Jobs } from '../support/build-jobs.ts';
import { until } from '../support/waiting.ts';
import { NEVER } from '../warming/warm.steps.ts';

/** The jobs on any clock. */
export type AnyJobs = Omit<Jobs, 'clock'> & {
  readonly clock: Pick<Jobs['clock'], 'now' | 'elapsed' | 'after'>;
};

export const RUN = 'r1';

/** Creates run r1; its jobs are not queued yet. */
export async function createRun(
  { runs, clock, ledger, origins }: Pick<AnyJobs, 'runs' | 'clock' | 'ledger' | 'origins'>,
  options: Partial<RunOptions> & { readonly selector?: string; readonly id?: string } = {},
): Promise<Run> {
  const { selector = '', id = RUN, ...rest } = options;
  const stamps: Record<string, number> = {};
  for (const origin of origins.keys()) stamps[origin] = await ledger.stamp(origin);
  const { run } = await runs.create({
    stamps,
    ...{
      id,
      selector,
      named: undefined,
      keep: undefined,
      cause: 'cli',
      schedule: undefined,
      nominal: undefined,
      names: undefined,
      createdAt: clock.now(),
    },
    options: { ...PLAIN_RUN, ...rest },
  });
  return run;
}

/** Creates run r1 and plans it. */
export async function plannedRun(jobs: AnyJobs, options: Parameters<typeof createRun>[1] = {}): Promise<Run> {
  await createRun(jobs, options);
  await jobs.planner.plan(options?.id ?? RUN, NEVER);
  return current(jobs);
}

/** Run r1, whose counts must add up, whatever happens to it. */
export async function current({ runs }: Pick<AnyJobs, 'runs'>, id = RUN): Promise<Run> {
  const run = await runs.get(id);
  if (run === undefined) throw new Error(`no run ${id}`);
  expect(sumOf(run.counts) + run.pending, `counts of ${JSON.stringify(run)}`).toBe(run.total);
  return run;
}

/** The keys of r1's chunks. */
export async function manifest({ runs }: Pick<AnyJobs, 'runs'>): Promise<string[][]> {
  const { chunks } = await current({ runs });
  const found = await Promise.all(Array.from({ length: chunks }, (_, n) => runs.chunk(RUN, n)));
  return found.map((chunk) => [...(chunk?.keys ?? [])]);
}

/** The outcomes of chunk `n` of r1, as codes. */
export async function outcomeCodes({ runs }: Pick<AnyJobs, 'runs'>, n = 0): Promise<string> {
  return (await runs.chunk(RUN, n))?.outcomes ?? '';
}

/** Does a job of a run, by hand. */
export function doJob(
  { prefetch }: { readonly prefetch: Prefetch },
  payload: PrefetchPayload,
  { signal = NEVER } = {},
): Promise<Ending> {
  return prefetch.run(prefetch.parse(payload), { id: 'job', signal });
}

export function warmChunk(chunk: number, more: { indexes?: number[]; attempt?: number } = {}) {
  return { step: 'warm', run: RUN, chunk, attempt: 1, ...more } as const;
}

/** Workers that do every job of the queue until the test ends. */
export async function startWorkers(jobs: AnyJobs): Promise<WorkerPool> {
  const { prefetch, refresh, invalidate, gc, queue, handBack, clock, events } = jobs;
  const kinds = [anyKind(prefetch), anyKind(refresh), anyKind(invalidate), anyKind(gc)];
  const handler = executor({ kinds, handBack, clock, events });
  const origins = [...jobs.origins.keys()];
  const pool = new WorkerPool({ queue, handler, origins, concurrency: 3, clock, events });
  await pool.start();
  onTestFinished(() => pool.stop(clock.now() + 1_000));
  return pool;
}

/** Run r1 once it has ended. */
export function endOfRun(jobs: AnyJobs, id = RUN): Promise<Run> {
  return until(
    'the end of the run',
    () => current(jobs, id),
    ({ state }) => state === 'ended',
  );
}
