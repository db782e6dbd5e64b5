/**
 * The life of a run: the one place that creates runs, ends them and queues their work again.
 *
 * Runs are created by the verb `warm` and by named schedules, stopped by the verb `stop`, by a chunk or the watchdog once
 * the deadline has passed, and by a job that was given up; the verifier finishes them. What lies in between is the jobs
 * of `prefetch.ts`: plan, warm, verify.
 *
 * What must stay true:
 * - A run that exists has a job in the queue, or the watchdog finds it and queues one. So the run is written first, and
 *   then its job; and creating a run again with the same id queues its job again.
 * - `run:created` and `run:ended` are emitted once for each run, by the process whose call made it so.
 * - A run's stamps are taken before the run exists. What was fetched above them was fetched for this run or after it.
 */

import type { Ledger } from '../budget/ledger.ts';
import type { EndedReason, Run, RunSpec, Runs, TierCoverage } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import { count, countedWith } from '../core/counted.ts';
import type { Stamp } from '../core/entry.ts';
import type { Events } from '../core/events.ts';
import { digestOfNames, type EntityNames } from '../core/known-names.ts';
import { PENDING_CODE } from '../core/outcome.ts';
import type { Sources } from '../core/sources.ts';
import type { Queue, QueuedJob } from '../queue/queue.ts';
import { chunkJob, planJob, verifyJob } from './run-jobs.ts';

export interface RunLifeDeps {
  readonly runs: Runs;
  readonly queue: Queue;
  readonly ledger: Pick<Ledger, 'stamp'>;
  readonly sources: Sources;
  readonly entities: EntityNames;
  readonly clock: Clock;
  readonly events: Events;
}

type EndDeps = Pick<RunLifeDeps, 'runs' | 'clock' | 'events'>;

/** Creates the run and queues its planning, or returns the one that has this id already. */
export async function createRun(
  deps: RunLifeDeps,
  spec: Omit<RunSpec, 'createdAt' | 'stamps' | 'names'>,
): Promise<{ run: Run; created: boolean }> {
  const { runs, queue, clock, events, sources, entities } = deps;
  const stamps = await stampsOf(deps);
  const names = digestOfNames(sources.keys(), entities.names());
  const made = await runs.create({ ...spec, names, createdAt: clock.now(), stamps });
  if (made.run.state === 'planning') await queue.add([planJob(spec.id)]);
  if (made.created) {
    const { id: run, selector, schedule } = spec;
    events.emit('run:created', schedule === undefined ? { run, selector } : { run, selector, schedule });
  }
  return made;
}

/** Ends a run as it stands: every key that is pending is cancelled. */
export async function stopRun(deps: EndDeps, id: string, reason: EndedReason, note = ''): Promise<Run> {
  const at = deps.clock.now();
  return reported(deps, reason, at, await deps.runs.stop(id, reason, note, at));
}

/** Ends a run whose deadline has passed, and says what was cut. */
export async function endAtDeadline(deps: EndDeps, id: string): Promise<Run> {
  const run = await deps.runs.get(id);
  return stopRun(deps, id, 'deadline', run === undefined ? '' : cutText(run));
}

function cutText({ pending, total, options }: Run): string {
  const cut =
    total === 0
      ? 'it was not planned by then'
      : `${count(pending)} of ${countedWith(total, 'key', ['was', 'were'])} cut`;
  return `${cut} at ${new Date(options.deadlineAt).toISOString()}`;
}

/** Ends a run that was verified. */
export async function finishRun(
  deps: EndDeps,
  id: string,
  note: string,
  coverage: Readonly<Record<string, TierCoverage>>,
): Promise<Run> {
  const at = deps.clock.now();
  return reported(deps, 'finished', at, await deps.runs.end(id, 'finished', note, coverage, at));
}

/** Queues work again that a crash lost between two steps, and leaves what is there. Returns how many jobs that were. */
export async function requeueRun(
  run: Run,
  { runs, queue, sources }: Pick<RunLifeDeps, 'runs' | 'queue' | 'sources'>,
): Promise<number> {
  const addLost = async (job: QueuedJob) => {
    if (await queue.pending(job.lane, job.id)) return 0;
    await queue.add([job]);
    return 1;
  };
  if (run.state === 'planning') return addLost(planJob(run.id));
  if (run.state === 'verifying') return addLost(verifyJob(run.id));
  let added = 0;
  for (let n = 0; run.state === 'running' && n < run.chunks; n += 1) {
    const chunk = await runs.chunk(run.id, n);
    if (chunk === undefined || !chunk.outcomes.includes(PENDING_CODE)) continue;
    added += await addLost(chunkJob(run.id, n, sources.get(chunk.source)));
  }
  return added;
}

/** Another process may have ended the run before: then that one reported it. */
function reported({ events }: EndDeps, reason: EndedReason, at: number, run: Run): Run {
  if (run.endedReason === reason && run.endedAt === at) events.emit('run:ended', { run: run.id, reason });
  return run;
}

async function stampsOf({ ledger, sources }: RunLifeDeps): Promise<Readonly<Record<string, Stamp>>> {
  const origins = [...new Set([...sources.values()].map(({ origin }) => origin))];
  const stamps = await Promise.all(origins.map((origin) => ledger.stamp(origin)));
  return Object.fromEntries(origins.map((origin, i) => [origin, stamps[i] ?? 0]));
}
