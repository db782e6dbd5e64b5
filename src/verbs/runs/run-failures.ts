/**
 * Which keys one run did not warm, and why: read from its manifest, a page at a time. A key in quarantine is among them. Where a run
 * was asked for what is missing alone, what it left alone is mostly served, and is counted only.
 */
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { outcomeOfCode, PENDING_CODE } from '../../core/outcome.ts';
import { type FailureReasonsDeps, failureReasons } from './failure-reasons.ts';
import { chunksOf } from './manifest.ts';
import { progressOf } from './run-progress.ts';
import { FAILURES, type RunFailures } from './run-report-shapes.ts';

type Failure = (typeof FAILURES)[number];

export interface RunFailuresDeps extends FailureReasonsDeps {
  readonly runs: Pick<Runs, 'chunk'>;
}

interface Place {
  readonly chunk: number;
  readonly index: number;
}

interface Found {
  readonly key: string;
  readonly outcome: Failure;
  readonly place: Place;
}

export async function failuresOf(
  deps: RunFailuresDeps,
  run: Run,
  limit: number,
  cursor: string | undefined,
): Promise<RunFailures> {
  // One more than the page holds tells where the next one begins.
  const found = await failuresFrom(deps, run, placeOf(cursor), limit + 1);
  const page = found.slice(0, limit);
  const reasons = await failureReasons(
    deps,
    run,
    page.map(({ key, outcome }) => ({ key, isAside: outcome === 'excluded' })),
  );
  const next = found[limit]?.place;
  return {
    run: run.id,
    failures: page.map(({ key, outcome }, i) => ({ key, outcome, reason: reasonOf(outcome, reasons[i]) })),
    total: listedOf(run).reduce((sum, outcome) => sum + (run.counts[outcome] ?? 0), 0),
    unlisted: run.options.missing ? run.counts.excluded : 0,
    progress: progressOf(run),
    cursor: next === undefined ? null : `${next.chunk}.${next.index}`,
  };
}

function listedOf({ options }: Run): readonly Failure[] {
  return options.missing ? FAILURES.filter((outcome) => outcome !== 'excluded') : FAILURES;
}

function reasonOf(outcome: Failure, reason = ''): string {
  return outcome === 'excluded' && reason !== '' ? `in quarantine: ${reason}` : reason;
}

function placeOf(cursor: string | undefined): Place {
  const [chunk = 0, index = 0] = cursor?.split('.').map(Number) ?? [];
  return { chunk, index };
}

async function failuresFrom(
  { runs }: RunFailuresDeps,
  run: Run,
  from: Place,
  most: number,
): Promise<Found[]> {
  const found: Found[] = [];
  const listed = listedOf(run);
  for await (const { number, chunk } of chunksOf(runs, run, from.chunk)) {
    chunk.keys.forEach((key, index) => {
      const outcome = failureOf(listed, chunk.outcomes[index] ?? PENDING_CODE);
      const isBefore = number === from.chunk && index < from.index;
      if (outcome !== undefined && !isBefore) found.push({ key, outcome, place: { chunk: number, index } });
    });
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

function failureOf(listed: readonly Failure[], code: string): Failure | undefined {
  const outcome = outcomeOfCode(code);
  return listed.find((each) => each === outcome);
}
