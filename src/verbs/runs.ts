/** Runs: create, read, list, watch, stop. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Run, RunCause } from '../catalog/runs/runs.ts';
import { ForewarmError } from '../core/errors.ts';
import { formatSelector, parseSelector } from '../core/selector-grammar.ts';
import { createRun, type RunLifeDeps, stopRun } from '../jobs/run-life.ts';
import type { Selection } from '../warming/selection.ts';
import { RunWatch } from './run-watch.ts';
import { type Cause, countsView, selectorText, time } from './shapes.ts';

export const warmRequest = z.strictObject({
  selector: selectorText().default(''),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/)
    .optional()
    .describe('Names the run; the same id again returns the same run.'),
  force: z.boolean().default(false).describe('Fetch also what is still fresh.'),
  missing: z.boolean().default(false).describe('Leave alone what has a servable value, stale or not.'),
  limit: z.int().min(0).default(0).describe('Warm at most this many keys; 0 is all.'),
  acceptAbsent: z
    .boolean()
    .optional()
    .describe('Believe origins that have values no more, however many vanish at once.'),
  deadline: z.int().min(0).default(0).describe('No key is begun after this many milliseconds; 0 is never.'),
});
export type WarmRequest = z.infer<typeof warmRequest>;

export const runView = z.object({
  id: z.string(),
  state: z.enum(['planning', 'running', 'verifying', 'ended']),
  selector: z.string(),
  cause: z.enum(['api', 'cli', 'schedule', 'start']),
  schedule: z.string().nullable(),
  nominal: time().nullable().describe('The time the schedule named.'),
  createdAt: time(),
  startedAt: time().nullable(),
  endedAt: time().nullable(),
  endedReason: z.enum(['finished', 'stopped', 'deadline', 'failed']).nullable(),
  endedNote: z.string(),
  total: z.int().describe('Keys in the manifest.'),
  pending: z.int().describe('Keys without an outcome.'),
  counts: countsView,
  coverage: z
    .record(z.string(), z.object({ warm: z.int(), total: z.int() }))
    .describe('By tier, as verified at the end.'),
  revision: z.int().describe('Grows with every change.'),
});
export type RunView = z.infer<typeof runView>;

/** The shapes that the API describes by name. */
export const runShapes = { Counts: countsView, Run: runView, Warm: warmRequest };

/** Every verb about a run that does not exist rejects with `E_NOT_FOUND`. */
export interface RunVerbs {
  /**
   * Creates a run of what the selector selects, or returns the one that has this id already. Rejects with
   * `E_SELECTOR_INVALID`, and then creates nothing.
   */
  warm(request: WarmRequest, cause: Cause): Promise<{ run: RunView; created: boolean }>;
  /** The newest first. */
  runs(limit: number, cursor: string | undefined): Promise<{ runs: RunView[]; cursor: string | null }>;
  run(id: string): Promise<RunView>;
  /** Ends a run: pending keys are `cancelled`. Rejects with `E_CONFLICT` when it has ended already. */
  stopRun(id: string): Promise<RunView>;
  /** The run as it is, then at each change, until it has ended or the signal aborts. */
  watchRun(id: string, signal: AbortSignal): AsyncIterable<RunView>;
}

export interface RunVerbsDeps extends RunLifeDeps {
  readonly selection: Selection;
}

export function runVerbs(deps: RunVerbsDeps): RunVerbs {
  const watching = new RunWatch(deps);
  return {
    warm: (request, cause) => warm(deps, request, cause),
    async runs(limit, cursor) {
      const page = await deps.runs.list(limit, cursor);
      return { runs: page.runs.map(viewOf), cursor: page.cursor ?? null };
    },
    run: async (id) => viewOf(await find(deps, id)),
    stopRun: (id) => stop(deps, id),
    watchRun: (id, signal) => watch(deps, watching, id, signal),
  };
}

async function warm(
  deps: RunVerbsDeps,
  request: WarmRequest,
  cause: RunCause,
): Promise<{ run: RunView; created: boolean }> {
  const selector = parseSelector(request.selector);
  await deps.selection.check(selector);
  const now = deps.clock.now();
  const { force, missing, limit, deadline, acceptAbsent } = request;
  const deadlineAt = deadline > 0 ? now + deadline : 0;
  const id = request.id ?? newRunId(now);
  const text = formatSelector(selector);
  const options = { force, missing, limit, deadlineAt, ...(acceptAbsent === true && { acceptAbsent }) };
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

async function* watch(
  deps: RunVerbsDeps,
  watching: RunWatch,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<RunView> {
  for await (const run of watching.follow(await find(deps, id), signal)) yield viewOf(run);
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

/** Sorts by time, and shows people when it was made: `20261120-193000-a1b2c3`. */
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
