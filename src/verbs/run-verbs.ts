/** The verbs about runs: create, look at, watch, stop. */
import { randomBytes } from 'node:crypto';
import type { Run, RunCause, Runs } from '../catalog/runs/runs.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { formatSelector, parseSelector } from '../core/selector-grammar.ts';
import { planJob } from '../jobs/run-jobs.ts';
import type { Queue } from '../queue/queue.ts';
import type { Selection } from '../warming/selection.ts';
import type { RunView, Verbs, WarmRequest } from './verbs.ts';

export interface RunVerbsDeps {
  readonly runs: Runs;
  readonly queue: Queue;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly events: Events;
}

/** How often a watched run is looked at. */
const WATCH_EVERY_MS = 250;

type RunVerbs = Pick<Verbs, 'warm' | 'runs' | 'run' | 'stopRun' | 'watchRun'>;

export function runVerbs(deps: RunVerbsDeps): RunVerbs {
  return {
    warm: (request, cause) => warm(deps, request, cause),
    async runs(limit, cursor) {
      const page = await deps.runs.list(limit, cursor);
      return { runs: page.runs.map(viewOf), cursor: page.cursor ?? null };
    },
    run: async (id) => viewOf(await find(deps, id)),
    stopRun: (id) => stop(deps, id),
    watchRun: (id, signal) => watch(deps, id, signal),
  };
}

async function warm(
  { runs, queue, selection, clock, events }: RunVerbsDeps,
  request: WarmRequest,
  cause: RunCause,
): Promise<{ run: RunView; created: boolean }> {
  const selector = parseSelector(request.selector);
  selection.check(selector);
  const createdAt = clock.now();
  const { force, missing, limit, deadline } = request;
  const deadlineAt = deadline > 0 ? createdAt + deadline : 0;
  const id = request.id ?? newRunId(createdAt);
  const text = formatSelector(selector);
  const spec = { id, selector: text, cause, schedule: undefined, nominal: undefined, createdAt };
  const { run, created } = await runs.create({ ...spec, options: { force, missing, limit, deadlineAt } });
  if (run.state === 'planning') await queue.add([planJob(id)]);
  if (created) events.emit('run:created', { run: id, selector: text });
  return { run: viewOf(run), created };
}

async function stop(deps: RunVerbsDeps, id: string): Promise<RunView> {
  const { runs, clock, events } = deps;
  const run = await find(deps, id);
  if (run.state === 'ended') {
    throw new ForewarmError(
      'E_CONFLICT',
      `run "${id}" has ended already (${run.endedReason}); there is nothing to stop`,
      { details: { run: id } },
    );
  }
  const stopped = await runs.stop(id, 'stopped', '', clock.now());
  if (stopped.endedReason === 'stopped') events.emit('run:ended', { run: id, reason: 'stopped' });
  return viewOf(stopped);
}

async function* watch(deps: RunVerbsDeps, id: string, signal: AbortSignal): AsyncGenerator<RunView> {
  let revision = -1;
  for (;;) {
    const run = await find(deps, id);
    if (run.revision !== revision) yield viewOf(run);
    revision = run.revision;
    if (run.state === 'ended' || signal.aborted) return;
    await sleep(deps.clock, WATCH_EVERY_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
  }
}

async function find({ runs }: RunVerbsDeps, id: string): Promise<Run> {
  const run = await runs.get(id);
  if (run !== undefined) return run;
  throw new ForewarmError(
    'E_NOT_FOUND',
    `run "${id}" does not exist; \`forewarm runs\` lists those that do`,
    {
      details: { run: id },
    },
  );
}

/** Sorts by time, and tells people when: `20261120-193000-x7k2`. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(3).toString('hex')}`;
}

function viewOf(run: Run): RunView {
  const { options: _, chunks: __, ...rest } = run;
  return {
    ...rest,
    counts: { ...run.counts },
    coverage: { ...run.coverage },
    schedule: run.schedule ?? null,
    nominal: run.nominal ?? null,
    startedAt: run.startedAt ?? null,
    endedAt: run.endedAt ?? null,
    endedReason: run.endedReason ?? null,
  };
}
