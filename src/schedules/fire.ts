/** What firing a schedule does: it queues a job, or creates a run. */
import type { Registry } from '../catalog/registry.ts';
import { PLAIN_RUN, type Run, type RunOptions } from '../catalog/runs/runs.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Temperature } from '../core/source.ts';
import { gcJob } from '../jobs/gc.ts';
import { probeJob } from '../jobs/probe.ts';
import { recoverJob, tickJob } from '../jobs/refresh.ts';
import { createRun, type RunLifeDeps, stopRun } from '../jobs/run-life.ts';
import { nominalTimes } from '../policy/nominal-times.ts';
import { deadlinesOfRule } from '../policy/tick-rules.ts';
import type { QueuedJob } from '../queue/queue.ts';
import type { ScheduledTimes } from './known-accounts.ts';
import { type Tick, tickId } from './tick.ts';

/** What a schedule does when it fires. */
export type ScheduleAction =
  | { readonly kind: 'refresh'; readonly temperature: Temperature }
  /** Refreshes what cannot wait for the tick of the temperature. */
  | { readonly kind: 'recover'; readonly temperature: Temperature }
  | {
      readonly kind: 'run';
      readonly selector: string;
      readonly options: Omit<RunOptions, 'deadlineAt' | 'acceptAbsent'>;
    }
  /** Asks for the version that the values of a source share. */
  | { readonly kind: 'probe'; readonly source: string; readonly origin: string }
  | { readonly kind: 'gc' };

export interface Schedule extends ScheduledTimes {
  readonly action: ScheduleAction;
}

export interface FiringDeps extends RunLifeDeps {
  readonly schedules: readonly Schedule[];
  readonly registry: Registry;
}

export interface FireOptions {
  /** What its deadline counts from, in ms since the epoch. */
  readonly since?: number;
  /** Of the job or run, where the tick has one already. */
  readonly id?: string;
  /** Who wants it and why, where somebody said why: kept with the run. */
  readonly note?: string | undefined;
}

/**
 * Makes a schedule fire for a nominal time, and returns the id of the run it created, if it creates one. Idempotent for the
 * same time, as long as the work of the first time is there: the scheduler sees to it that only one process fires. Deadlines count
 * from the nominal time, unless told.
 */
export async function fire(
  deps: FiringDeps,
  tick: Tick,
  { since = tick.nominal, id = tickId(tick), note }: FireOptions = {},
): Promise<string | undefined> {
  const schedule = deps.schedules.find(({ name }) => name === tick.schedule);
  if (schedule === undefined) throw unknownSchedule(deps.schedules, tick.schedule);
  const { action } = schedule;
  if (action.kind === 'run') await createScheduledRun(deps, schedule, action, { tick, id, since, note });
  else await deps.queue.add([jobOf(schedule, action, id, deps.clock.now())]);
  const run = action.kind === 'run' ? id : undefined;
  await deps.registry.noteTick(tick.schedule, tick.nominal, run);
  return run;
}

type RunAction = Extract<ScheduleAction, { kind: 'run' }>;

function jobOf(
  { rule }: Schedule,
  action: Exclude<ScheduleAction, RunAction>,
  id: string,
  now: number,
): QueuedJob {
  const next = () => nominalTimes(rule).next(now);
  switch (action.kind) {
    case 'refresh':
      return tickJob(id, action.temperature, next());
    case 'recover':
      return recoverJob(id, action.temperature, next());
    case 'probe':
      return probeJob(id, { name: action.source, origin: action.origin });
    case 'gc':
      return gcJob(id);
  }
}

interface RunOfTick {
  readonly tick: Tick;
  readonly id: string;
  readonly since: number;
  readonly note: string | undefined;
}

async function createScheduledRun(
  deps: RunLifeDeps,
  { rule, rules }: Schedule,
  { selector, options }: RunAction,
  { tick, id, since, note }: RunOfTick,
): Promise<void> {
  const deadlineAt = deadlinesOfRule(rules.deadline, rule)(since) ?? 0;
  const which = { selector, named: undefined, keep: undefined };
  if (rules.overlap === 'cancel') await cancelEarlier(deps, tick, id);
  const made = { ...PLAIN_RUN, ...options, deadlineAt };
  await createRun(deps, { ...tick, ...which, id, cause: 'schedule', options: made, note });
}

/** Stops the runs of a schedule that have not ended, but for the one of this tick: it may have been made before a crash. */
async function cancelEarlier(deps: RunLifeDeps, { schedule, nominal }: Tick, id: string): Promise<void> {
  const note = `by the tick of ${new Date(nominal).toISOString()}, since overlap is "cancel"`;
  for (const run of await activeRuns(deps, schedule)) {
    if (run.id !== id) await stopRun(deps, run.id, 'stopped', note);
  }
}

/** The runs of a schedule that have not ended, the oldest first. */
export async function activeRuns({ runs }: Pick<RunLifeDeps, 'runs'>, schedule: string): Promise<Run[]> {
  return (await runs.active()).filter((run) => run.schedule === schedule);
}

/** For the name of a schedule that is not configured. */
export function unknownSchedule(schedules: readonly Schedule[], name: string): ForewarmError {
  const known = schedules.map((schedule) => schedule.name).join(', ');
  return new ForewarmError('E_NOT_FOUND', `schedule "${name}" does not exist; there is ${known}`, {
    details: { schedule: name },
  });
}
