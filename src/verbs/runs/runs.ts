/**
 * Runs: create, read, list, watch, stop.
 *
 * What to warm is a selector, or keys that are named one by one or by rows (`warm-request.ts`; `warm-input.ts` reads rows from a
 * file, from standard input or from a request line by line). Named keys are checked as a whole before anything is made
 * (`named-keys.ts`). A run that is followed is read once for everybody in the process (`run-watch.ts`), and one that does not go
 * on says what it waits for (`run-waits.ts`).
 */

import { z } from 'zod';
import type { Ledger } from '../../budget/ledger.ts';
import type { KeyLists } from '../../catalog/runs/key-lists.ts';
import type { Run } from '../../catalog/runs/runs.ts';
import { Method, type Methods, withChecks } from '../../core/arguments.ts';
import { askerText } from '../../core/asker.ts';
import { count } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import { type RunLifeDeps, stopRun } from '../../jobs/run-life.ts';
import type { Selection } from '../../warming/selection.ts';
import {
  type Cause,
  causeArgument,
  limitArgument,
  type ReasonRequest,
  reasonRequest,
  signalArgument,
} from '../shapes.ts';
import { asker, makeRun } from './new-run.ts';
import { failuresOf } from './run-failures.ts';
import { type FoundRuns, findRuns } from './run-filter.ts';
import { diffWithLast, type RunReportDeps, reportOf } from './run-report.ts';
import { failuresCursor, type RunDiff, type RunFailures, type RunReport } from './run-report-shapes.ts';
import { LONGEST_SHOWN } from './run-selector.ts';
import { type RunFilter, type RunPage, type RunView, runFilter } from './run-shapes.ts';
import { type RunWaitsDeps, waitsOf } from './run-waits.ts';
import { RunWatch } from './run-watch.ts';
import { type WarmRequest, warmRequest } from './warm-request.ts';

/** Every verb about a run that does not exist rejects with `E_NOT_FOUND`. */
export interface RunVerbs {
  /**
   * Creates a run of what the selector selects, or of the keys that are named, or returns the one that has this id already.
   * Rejects with `E_REQUEST_INVALID`, `E_SELECTOR_INVALID` or `E_SOURCE_UNKNOWN`, and then creates nothing.
   */
  warm(request: WarmRequest, cause?: Cause): Promise<{ run: RunView; created: boolean }>;
  /** The newest first; with a filter those that it leaves, of as many as are looked through at once: `lookedBackTo` says how far that was. */
  runs(limit?: number, cursor?: string, filter?: RunFilter): Promise<RunPage>;
  run(id: string): Promise<RunView>;
  /** How a run went: against what was planned, and against the run before it. Names up to `samples` keys of each kind. */
  runReport(id: string, samples?: number): Promise<RunReport>;
  /**
   * What is new in a run against another one: the run before it of the same schedule or selector, unless named. Rejects with
   * `E_NOT_FOUND` where there is none.
   */
  diffRuns(id: string, to?: string, samples?: number): Promise<RunDiff>;
  /**
   * Which keys of a run failed, were refused, or were left alone in quarantine, and why, in the order of its manifest; `cursor` is
   * from the page before.
   */
  runFailures(id: string, limit?: number, cursor?: string): Promise<RunFailures>;
  /** Ends a run: pending keys are `cancelled`; its `endedNote` says who did that and why. Rejects with `E_CONFLICT` when it has ended already. */
  stopRun(id: string, request?: ReasonRequest): Promise<RunView>;
  /**
   * The run as it is, then at each change of it or of what it waits for, until it has ended or the signal aborts. It outlasts a
   * minute without the jobs Redis.
   */
  watchRun(id: string, signal: AbortSignal): AsyncIterable<RunView>;
}

const id = ['id', z.string()] as const;
/** Keys that are named of each kind. */
const samples = ['samples', z.int().min(0).max(1_000).default(5)] as const;
export const runMethods = {
  warm: [['request', warmRequest], causeArgument],
  runs: [limitArgument(50), ['cursor', z.string().optional()], ['filter', runFilter.prefault({})]],
  run: [id],
  stopRun: [id, ['request', reasonRequest.prefault({})]],
  runReport: [id, samples],
  runFailures: [id, limitArgument(100), ['cursor', failuresCursor.optional()]],
  diffRuns: [id, ['to', z.string().optional()], samples],
} as const satisfies Methods;
const WATCH_RUN = new Method('watchRun', [id, signalArgument]);

export interface RunVerbsDeps
  extends Omit<RunLifeDeps, 'ledger'>,
    Omit<RunWaitsDeps, 'queue'>,
    Omit<RunReportDeps, 'runs' | 'sources'> {
  readonly ledger: Pick<Ledger, 'stamp' | 'state'>;
  readonly selection: Selection;
  readonly lists: KeyLists;
}

export function runVerbs(deps: RunVerbsDeps): RunVerbs {
  const watching = new RunWatch(deps);
  return {
    ...withChecks(runMethods, {
      async warm(request, cause) {
        const { run, created } = await makeRun(deps, request, cause);
        return { run: viewOf(run), created };
      },
      runs: async (limit, cursor, filter) => pageOf(deps, await findRuns(deps, filter, limit, cursor)),
      async run(id) {
        const run = await find(deps, id);
        const [waits = []] = await waitsOf(deps, [run]);
        return { ...viewOf(run), waits };
      },
      stopRun: (id, { why }) => stop(deps, id, why),
      runReport: async (id, samples) => reportOf(deps, await find(deps, id), samples),
      runFailures: async (id, limit, cursor) => failuresOf(deps, await find(deps, id), limit, cursor),
      async diffRuns(id, to, samples) {
        const [run, before] = await Promise.all([
          find(deps, id),
          to === undefined ? undefined : find(deps, to),
        ]);
        return diffWithLast(deps, run, before, samples);
      },
    }),
    watchRun: (...given) => watch(deps, watching, ...given),
  };
}

async function pageOf(deps: RunVerbsDeps, { runs, cursor, lookedBackTo }: FoundRuns): Promise<RunPage> {
  const waits = await waitsOf(deps, runs);
  const views = runs.map((run, i) => ({ ...viewOf(run), waits: waits[i] ?? [] }));
  return { runs: views, cursor: cursor ?? null, lookedBackTo: lookedBackTo ?? null };
}

async function stop(deps: RunVerbsDeps, id: string, why = ''): Promise<RunView> {
  const run = await find(deps, id);
  if (run.state === 'ended') {
    throw new ForewarmError(
      'E_CONFLICT',
      `run "${id}" has ended already (${run.endedReason}); there is nothing to stop`,
      { details: { run: id } },
    );
  }
  return viewOf(await stopRun(deps, id, 'stopped', `by ${askerText({ by: asker(), why })}`));
}

async function* watch(
  deps: RunVerbsDeps,
  watching: RunWatch,
  ...given: readonly unknown[]
): AsyncGenerator<RunView> {
  const [id, signal] = WATCH_RUN.read(...given);
  for await (const { run, waits } of watching.follow(await find(deps, id), signal)) {
    yield { ...viewOf(run), waits: [...waits] };
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

function viewOf(run: Run): RunView {
  const { options: _, chunks: __, stamps: ___, keep: ____, plan: _____, named, ...rest } = run;
  return {
    ...rest,
    selector: shortened(run.selector),
    named: named === undefined ? null : { keys: named.keys, sources: [...named.sources] },
    counts: { ...run.counts },
    coverage: { ...run.coverage },
    unread: [...run.unread],
    shrunk: run.shrunk.map((each) => ({ ...each, entities: [...each.entities] })),
    note: run.note ?? '',
    schedule: run.schedule ?? null,
    nominal: run.nominal ?? null,
    startedAt: run.startedAt ?? null,
    endedAt: run.endedAt ?? null,
    endedReason: run.endedReason ?? null,
    waits: [],
  };
}

function shortened(selector: string): string {
  if (selector.length <= LONGEST_SHOWN) return selector;
  return `${selector.slice(0, 200)}… (${count(selector.length)} characters)`;
}
