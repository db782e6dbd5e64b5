/**
 * How the last times of schedules ended, each with what came of its run: what a list of schedules draws as a strip. Runs that have
 * ended do not change any more, so a process reads each of them once.
 */
import type { Registry } from '../../catalog/registry.ts';
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { ForewarmError } from '../../core/errors.ts';
import { slices } from '../../redis/slices.ts';
import type { Schedule } from '../../schedules/fire.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { ALL_RECORDS } from './backfill.ts';
import { MOST_RESULTS_EACH, type RunResult, type ScheduleResults } from './schedule-result-shapes.ts';
import { tickViews } from './tick-views.ts';

/** Schedules that are read together. */
const AT_A_TIME = 50;
/** Ended runs that a process remembers: those of the last 40 times of 500 schedules. */
const REMEMBERED = 20_000;

export interface ScheduleResultsDeps {
  readonly registry: Pick<Registry, 'ticks'>;
  readonly runs: Pick<Runs, 'get'>;
  readonly ticks: Pick<TickStore, 'history' | 'interventions'>;
}

/** Throws `E_REQUEST_INVALID` where more is asked of all schedules together than one answer holds. */
export function checkResultsLimit(name: string | null, limit: number): void {
  if (name !== null || limit <= MOST_RESULTS_EACH) return;
  const message = `\`limit\` is ${limit}: of all schedules together at most ${MOST_RESULTS_EACH} times each are shown; name one for more`;
  throw new ForewarmError('E_REQUEST_INVALID', message);
}

export class ResultsReader {
  readonly #deps: ScheduleResultsDeps;
  /** By run, in the order in which they were read. */
  readonly #ended = new Map<string, RunResult>();

  constructor(deps: ScheduleResultsDeps) {
    this.#deps = deps;
  }

  /** Some schedules at a time: of hundreds there are ten thousand runs, and others wait for answers, too. */
  async read(schedules: readonly Schedule[], limit: number): Promise<ScheduleResults[]> {
    const last = await this.#deps.registry.ticks();
    const lastRuns = new Map(last.map(({ schedule, run }) => [schedule, run]));
    const all: ScheduleResults[] = [];
    for (const some of slices(schedules, AT_A_TIME))
      all.push(
        ...(await Promise.all(some.map(({ name }) => this.#readOne(name, lastRuns.get(name), limit)))),
      );
    return all;
  }

  async #readOne(name: string, lastRun: string | undefined, limit: number): Promise<ScheduleResults> {
    const { ticks } = this.#deps;
    const known = await Promise.all([ticks.history(name, limit), ticks.interventions(name, ALL_RECORDS)]);
    const found = await Promise.all(
      tickViews(...known, limit).map(async (tick) => ({ ...tick, result: await this.#resultOf(tick.run) })),
    );
    return { name, running: await this.#runningOf(lastRun, found), ticks: found };
  }

  async #runningOf(lastRun: string | undefined, ticks: ScheduleResults['ticks']): Promise<string | null> {
    if (lastRun !== undefined && isGoing(await this.#resultOf(lastRun))) return lastRun;
    return ticks.find(({ result }) => isGoing(result))?.run ?? null;
  }

  async #resultOf(id: string | null | undefined): Promise<RunResult | null> {
    if (id === null || id === undefined) return null;
    const known = this.#ended.get(id);
    if (known !== undefined) return known;
    const run = await this.#deps.runs.get(id);
    if (run === undefined) return null;
    const result = resultOf(run);
    if (result.state === 'ended') this.#remember(id, result);
    return result;
  }

  #remember(id: string, result: RunResult): void {
    const [oldest] = this.#ended.keys();
    if (this.#ended.size >= REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
    this.#ended.set(id, result);
  }
}

function isGoing(result: RunResult | null): boolean {
  return result !== null && result.state !== 'ended';
}

export function resultOf(
  run: Pick<Run, 'state' | 'total' | 'counts' | 'createdAt'> & {
    readonly endedReason?: RunResult['endedReason'] | undefined;
    readonly endedAt?: number | null | undefined;
    /** What is left out on purpose does not count. */
    readonly options?: Pick<Run['options'], 'missing'> | undefined;
  },
): RunResult {
  const { state, endedReason = null, endedAt = null, createdAt, total, counts } = run;
  const failed = counts.failed + counts.refused;
  const excluded = run.options?.missing === true ? 0 : counts.excluded;
  const took = endedAt === null ? null : Math.max(0, endedAt - createdAt);
  return { state, endedReason, total, failed, excluded, took };
}
