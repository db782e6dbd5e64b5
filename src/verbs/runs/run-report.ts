/** How a run went: against what was planned, and against the run before it. */
import type { ChunkCalls } from '../../catalog/runs/run-calls.ts';
import { type Run, type RunPlan, type Runs, runCursor } from '../../catalog/runs/runs.ts';
import { sumOfCalls } from '../../core/call-record.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Estimate } from '../../core/estimate.ts';
import { exactly, spreadOf } from '../../policy/estimate.ts';
import { heldPlansOf } from './held-plans.ts';
import { diffOf, type RunDiffDeps, slowestOf } from './run-diff.ts';
import { FIGURES, type RunDiff, type RunReport } from './run-report-shapes.ts';

export interface RunReportDeps extends RunDiffDeps {
  readonly runs: Pick<Runs, 'get' | 'list' | 'chunk'>;
}

/** Keys of both runs together that are compared without being asked. */
const COMPARED = 50_000;
/** Runs that are looked through for an earlier one, and how many at a time. */
const LOOKED_AT = 1_000;
const PAGE = 50;

export async function reportOf(deps: RunReportDeps, run: Run, samples: number): Promise<RunReport> {
  const [chunks, last, held] = await Promise.all([
    deps.runCalls.of(run.id),
    lastBefore(deps, run),
    run.schedule === undefined ? null : heldPlansOf(deps.runs, run.schedule, run),
  ]);
  const isSmall = last !== undefined && run.total + last.total <= COMPARED;
  const actual = actualOf(run, chunks);
  return {
    ...{ run: run.id, plan: planView(run.plan), unplanned: run.unplanned ?? null, held },
    ...{ actual, last: last?.id ?? null },
    compared: run.state === 'ended' ? comparedWith(run.plan, actual) : [],
    sources: sourcesOf(chunks),
    slow: slowestOf(chunks),
    diff: isSmall && run.state === 'ended' ? await diffOf(deps, last, run, samples) : null,
  };
}

/** Rejects with `E_NOT_FOUND` where there is nothing to compare with. */
export async function diffWithLast(
  deps: RunReportDeps,
  run: Run,
  to: Run | undefined,
  samples: number,
): Promise<RunDiff> {
  const before = to ?? (await lastBefore(deps, run));
  if (before !== undefined) return diffOf(deps, before, run, samples);
  const of = run.schedule === undefined ? 'this selector' : `schedule "${run.schedule}"`;
  throw new ForewarmError(
    'E_NOT_FOUND',
    `run "${run.id}" is the first of ${of} that is known, and has none to be compared with`,
    { details: { run: run.id, firstOf: run.schedule ?? run.selector } },
  );
}

async function lastBefore({ runs }: RunReportDeps, run: Run): Promise<Run | undefined> {
  let cursor: string | undefined = runCursor(run.createdAt, run.id);
  for (let seen = 0; seen < LOOKED_AT && cursor !== undefined; seen += PAGE) {
    const page = await runs.list(PAGE, cursor);
    const found = page.runs.find((each) => each.state === 'ended' && each.total > 0 && isAlike(each, run));
    if (found !== undefined) return found;
    cursor = page.cursor;
  }
  return undefined;
}

function isAlike(a: Run, b: Run): boolean {
  if (a.schedule !== undefined || b.schedule !== undefined) return a.schedule === b.schedule;
  return a.selector === b.selector;
}

function planView(plan: RunPlan | undefined): RunReport['plan'] {
  return plan === undefined ? null : { ...plan };
}

function actualOf(run: Run, chunks: readonly ChunkCalls[]): RunReport['actual'] {
  const { keys, calls, failed, bytes } = sumOfCalls(chunks);
  const duration = run.endedAt === undefined ? null : Math.max(0, run.endedAt - run.createdAt);
  // A key that is tried again in a job of its own counts once.
  return { keys: run.total, fetch: Math.min(keys, run.total), calls, failed, bytes, duration };
}

function comparedWith(plan: RunPlan | undefined, actual: RunReport['actual']): RunReport['compared'] {
  if (plan === undefined) return [];
  const planned: Readonly<Record<(typeof FIGURES)[number], Estimate | null>> = {
    ...{ keys: exactly(plan.keys), fetch: exactly(plan.fetch) },
    ...{ calls: plan.calls, bytes: plan.bytes, duration: plan.likely },
  };
  return FIGURES.flatMap((figure) => {
    const [of, is] = [planned[figure], actual[figure]];
    return of === null || is === null ? [] : [{ figure, planned: of, actual: is, is: placeOf(is, of) }];
  });
}

function placeOf(actual: number, { low, high }: Estimate): 'within' | 'less' | 'more' {
  if (actual < low) return 'less';
  return actual > high ? 'more' : 'within';
}

function sourcesOf(chunks: readonly ChunkCalls[]): RunReport['sources'] {
  return [...Map.groupBy(chunks, ({ source }) => source)].map(([source, own]) => {
    const { calls, failed, bytes, took } = sumOfCalls(own);
    return { source, calls, failed, bytes, ms: spreadOf(took) ?? null };
  });
}
