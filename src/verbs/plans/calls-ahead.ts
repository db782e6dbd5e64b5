/** Calls that others make on the origins of a plan: what is left of runs that go on, and what the last run of a schedule took. */
import type { CallHistory } from '../../catalog/call-history.ts';
import type { RunCalls } from '../../catalog/runs/run-calls.ts';
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { sumOfCalls } from '../../core/call-record.ts';
import type { Estimate } from '../../core/estimate.ts';
import { PENDING_CODE } from '../../core/outcome.ts';
import type { Sources } from '../../core/sources.ts';
import type { PlannedCalls } from '../../policy/call-time.ts';
import { type CallFigures, callFigures, exactly } from '../../policy/estimate.ts';
import { figuresOf } from '../../warming/planning/plan-figures.ts';

/** By origin. */
export type CallsAhead = ReadonlyMap<string, readonly PlannedCalls[]>;

export interface CallsAheadDeps {
  readonly runs: Pick<Runs, 'chunk'>;
  readonly runCalls: Pick<RunCalls, 'of'>;
  readonly callHistory: Pick<CallHistory, 'of'>;
  readonly sources: Sources;
}

/** Chunks of a run that are looked at, evenly: they stand for the others. */
const CHUNKS = 50;

/** Of keys that have no outcome yet, as many as it fetched of the others. Undefined where that is not known. */
export async function callsLeft(deps: CallsAheadDeps, run: Run): Promise<CallsAhead | undefined> {
  if (run.state === 'planning') return undefined;
  const pending = await pendingBySource(deps, run);
  const { counts, total } = run;
  const done = total - run.pending;
  const idle = (counts['already-warm'] ?? 0) + (counts.excluded ?? 0);
  const share = done === 0 ? 1 : (done - idle) / done;
  const parts = await Promise.all(
    [...pending].map(async ([source, keys]) => {
      const figures = figuresOf(await deps.callHistory.of(source));
      if (figures === undefined || figures.keysPerCall === 0) return undefined;
      const high = keys / figures.keysPerCall;
      return { source, figures, calls: { low: 0, likely: high * share, high } };
    }),
  );
  return byOrigin(deps.sources, parts);
}

async function pendingBySource({ runs }: CallsAheadDeps, run: Run): Promise<ReadonlyMap<string, number>> {
  if (run.pending === 0) return new Map();
  const stride = Math.max(1, Math.ceil(run.chunks / CHUNKS));
  const numbers = Array.from({ length: Math.ceil(run.chunks / stride) }, (_, i) => i * stride);
  const chunks = await Promise.all(numbers.map((n) => runs.chunk(run.id, n)));
  const found = new Map<string, number>();
  for (const { source, outcomes } of chunks.filter((chunk) => chunk !== undefined))
    found.set(source, (found.get(source) ?? 0) + outcomes.split(PENDING_CODE).length - 1);
  const seen = [...found.values()].reduce((sum, keys) => sum + keys, 0);
  return new Map([...found].map(([source, keys]) => [source, seen === 0 ? 0 : (keys / seen) * run.pending]));
}

/** What a run took, so many times over. Undefined where it is not kept. */
export async function callsTaken(
  deps: CallsAheadDeps,
  run: string | null,
  times: number,
): Promise<CallsAhead | undefined> {
  const chunks = run === null ? [] : await deps.runCalls.of(run);
  if (chunks.length === 0) return undefined;
  const parts = [...Map.groupBy(chunks, ({ source }) => source)].map(([source, own]) => {
    const figures = callFigures([sumOfCalls(own)]);
    return figures && { source, figures, calls: { ...exactly(figures.calls * times), low: 0 } };
  });
  return byOrigin(deps.sources, parts);
}

interface CallsOfSource {
  readonly source: string;
  readonly figures: CallFigures;
  readonly calls: Estimate;
}

/** Undefined where some are not known. */
function byOrigin(sources: Sources, parts: readonly (CallsOfSource | undefined)[]): CallsAhead | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  const groups = Map.groupBy(known, ({ source }) => sources.get(source)?.origin ?? '');
  return new Map(
    [...groups].map(([origin, own]) => [origin, own.map(({ figures, calls }) => ({ ...figures, calls }))]),
  );
}
