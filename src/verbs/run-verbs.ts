/** The verbs about runs: create, look at, watch, stop. */
import { randomBytes } from 'node:crypto';
import type { Run, RunCause } from '../catalog/runs/runs.ts';
import { sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { formatSelector, parseSelector } from '../core/selector-grammar.ts';
import { createRun, type RunLifeDeps, stopRun } from '../jobs/run-life.ts';
import type { Selection } from '../warming/selection.ts';
import type { RunView, Verbs, WarmRequest } from './verbs.ts';

export interface RunVerbsDeps extends RunLifeDeps {
  readonly selection: Selection;
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
  deps: RunVerbsDeps,
  request: WarmRequest,
  cause: RunCause,
): Promise<{ run: RunView; created: boolean }> {
  const selector = parseSelector(request.selector);
  deps.selection.check(selector);
  const now = deps.clock.now();
  const { force, missing, limit, deadline } = request;
  const deadlineAt = deadline > 0 ? now + deadline : 0;
  const id = request.id ?? newRunId(now);
  const text = formatSelector(selector);
  const options = { force, missing, limit, deadlineAt };
  const spec = { id, selector: text, cause, schedule: undefined, nominal: undefined, options };
  const { run, created } = await createRun(deps, spec);
  return { run: viewOf(run), created };
}

async function stop(deps: RunVerbsDeps, id: string): Promise<RunView> {
  const run = await find(deps, id);
  if (run.state === 'ended') {
    throw new ForewarmError(
      'E_CONFLICT',
      `run "${id}" has ended already (${run.endedReason}); there is nothing to stop`,
      { details: { run: id } },
    );
  }
  return viewOf(await stopRun(deps, id, 'stopped'));
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
  const { options: _, chunks: __, stamps: ___, ...rest } = run;
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
