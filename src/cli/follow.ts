import { ForewarmError, messageOf } from '../core/errors.ts';
import type { RunReport } from '../verbs/runs/run-report-shapes.ts';
import type { RunView } from '../verbs/runs/run-shapes.ts';
import type { RunVerbs } from '../verbs/runs/runs.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { showOutcome } from './reports/run-outcome.ts';
import { exitOf, showRun, stepsAfter, waitLines } from './reports/run-report.ts';
import type { TextOutput } from './terminal/io.ts';
import { openProgress } from './terminal/progress.ts';

export interface Following {
  readonly verbs: RunVerbs;
  readonly run: RunView;
  readonly signal: AbortSignal;
  readonly progressTo: TextOutput;
  /** Where it is left before it has ended; absent: nowhere. */
  readonly leavesAt?: (run: RunView) => boolean;
}

/**
 * Follows a run until it ended or the signal aborts: a bar or lines, and with `--json` one event per change, until
 * `leavesAt` says so, too. Returns the run as last seen.
 */
export async function follow(context: Context, following: Following): Promise<RunView> {
  const { out, io } = context;
  let latest = following.run;
  const progress = openProgress({
    to: following.progressTo,
    clock: io.clock,
    paint: out.paint,
    width: out.width,
  });
  if (io.isTTY && !out.json) out.yieldTo((text) => progress.above(text));
  try {
    for await (const run of following.verbs.watchRun(latest.id, following.signal)) {
      latest = run;
      out.event({ event: 'run', run });
      if (following.leavesAt?.(run) === true) break;
      if (out.json) continue;
      progress.update(run);
      for (const line of waitLines(run, context.time.now())) out.note(`waiting: ${line}`);
    }
  } catch (error) {
    if (!following.signal.aborted) throw error;
  } finally {
    out.yieldTo(undefined);
    if (!out.json) progress.end();
  }
  return latest;
}

/** Shows how a run ended, against what was planned and the run before it, and what to do next. */
export async function conclude(
  context: Context,
  verbs: Pick<RunVerbs, 'runReport'>,
  run: RunView,
): Promise<ExitCode> {
  const { out } = context;
  const code = exitOf(run);
  out.line();
  showRun(out, run, context.time.now());
  const report = await reportIfKnown(context, verbs, run.id);
  if (report !== undefined) showOutcome(out, report);
  out.next(stepsAfter(context, run, report));
  out.event({ event: 'summary', exitCode: code, run, ...(report && { report }) });
  return code;
}

/** A run is shown, whatever can still be said of how it went; it may have been trimmed meanwhile. */
export async function reportIfKnown(
  { out }: Pick<Context, 'out'>,
  verbs: Pick<RunVerbs, 'runReport'>,
  id: string,
): Promise<RunReport | undefined> {
  try {
    return await verbs.runReport(id);
  } catch (error) {
    const isGone = error instanceof ForewarmError && error.code === 'E_NOT_FOUND';
    if (!isGone) out.note(`how it went is not known: ${messageOf(error)}`);
    return undefined;
  }
}
