/** What firing a schedule does: it queues a job, or creates a run. */
import type { Registry } from '../catalog/registry.ts';
import { PLAIN_RUN, type RunOptions } from '../catalog/runs/runs.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Temperature } from '../core/source.ts';
import { gcJob } from '../jobs/gc.ts';
import { probeJob } from '../jobs/probe.ts';
import { tickJob } from '../jobs/refresh.ts';
import { createRun, type RunLifeDeps } from '../jobs/run-life.ts';
import type { ScheduledTimes } from './scheduler.ts';
import { type Tick, tickId } from './tick.ts';

/** What a schedule does when it fires. */
export type ScheduleAction =
  | { readonly kind: 'refresh'; readonly temperature: Temperature }
  | {
      readonly kind: 'run';
      readonly selector: string;
      readonly options: Omit<RunOptions, 'deadlineAt' | 'acceptAbsent'>;
      /** In ms after the nominal time. 0 is none. */
      readonly deadline: number;
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

/**
 * Makes a schedule fire for a nominal time, and returns the id of the run it created, if it creates one. Idempotent for the
 * same time, as long as the work of the first time is there: the scheduler sees to it that only one process fires.
 */
export async function fire(deps: FiringDeps, tick: Tick): Promise<string | undefined> {
  const schedule = deps.schedules.find(({ name }) => name === tick.schedule);
  if (schedule === undefined) throw unknownSchedule(deps.schedules, tick.schedule);
  const { action } = schedule;
  const id = tickId(tick);
  if (action.kind === 'run') await createScheduledRun(deps, action, tick, id);
  else await deps.queue.add([jobOf(action, id)]);
  const run = action.kind === 'run' ? id : undefined;
  await deps.registry.noteTick(tick.schedule, tick.nominal, run);
  return run;
}

function jobOf(action: Exclude<ScheduleAction, { kind: 'run' }>, id: string) {
  switch (action.kind) {
    case 'refresh':
      return tickJob(id, action.temperature);
    case 'probe':
      return probeJob(id, { name: action.source, origin: action.origin });
    case 'gc':
      return gcJob(id);
  }
}

async function createScheduledRun(
  deps: RunLifeDeps,
  { selector, options, deadline }: Extract<ScheduleAction, { kind: 'run' }>,
  tick: Tick,
  id: string,
): Promise<void> {
  const deadlineAt = deadline > 0 ? tick.nominal + deadline : 0;
  const which = { selector, named: undefined, keep: undefined };
  await createRun(deps, {
    ...tick,
    ...which,
    id,
    cause: 'schedule',
    options: { ...PLAIN_RUN, ...options, deadlineAt },
  });
}

/** For the name of a schedule that is not configured. */
export function unknownSchedule(schedules: readonly Schedule[], name: string): ForewarmError {
  const known = schedules.map((schedule) => schedule.name).join(', ');
  return new ForewarmError('E_NOT_FOUND', `schedule "${name}" does not exist; there is ${known}`, {
    details: { schedule: name },
  });
}
