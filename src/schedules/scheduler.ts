/** Fires schedules: temperatures refresh what is due, named schedules make runs, and `gc` cleans up. */
import type { Registry } from '../catalog/registry.ts';
import type { RunCause, RunOptions, Runs } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Temperature } from '../core/source.ts';
import type { Service } from '../flow/service.ts';
import { gcJob } from '../jobs/gc.ts';
import { probeJob } from '../jobs/probe.ts';
import { tickJob } from '../jobs/refresh.ts';
import { planJob } from '../jobs/run-jobs.ts';
import type { Queue } from '../queue/queue.ts';
import { type Cron, type Tick, tickId } from './cron.ts';

/** What a schedule does when it fires. */
export type ScheduleAction =
  | { readonly kind: 'refresh'; readonly temperature: Temperature }
  | {
      readonly kind: 'run';
      readonly selector: string;
      readonly options: Omit<RunOptions, 'deadlineAt'>;
      readonly deadline: number;
    }
  /** Asks for the version that the values of a source share. */
  | { readonly kind: 'probe'; readonly source: string; readonly origin: string }
  | { readonly kind: 'gc' };

export interface Schedule {
  readonly name: string;
  readonly cron: string;
  /** Undefined is the machine's. */
  readonly timezone: string | undefined;
  readonly action: ScheduleAction;
}

/** What firing a schedule needs. */
export interface FiringDeps {
  readonly schedules: readonly Schedule[];
  readonly queue: Queue;
  readonly runs: Runs;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * Any number of schedulers may run: one of them enqueues each tick, and ids made of the schedule and the time it named keep
 * a tick that two enqueue all the same from being done twice.
 */
export class Scheduler implements Service {
  readonly name = 'scheduler';
  readonly #cron: Cron;

  constructor({ cron }: { readonly cron: Cron }) {
    this.#cron = cron;
  }

  async start(): Promise<void> {
    await this.#cron.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#cron.stop(deadline);
  }
}

/** Makes a schedule fire for a nominal time. Twice for the same time is once. Answers the run it made, if it makes one. */
export async function fire(
  deps: FiringDeps,
  { schedule: name, nominal }: Pick<Tick, 'schedule' | 'nominal'>,
  cause: RunCause = 'schedule',
): Promise<string | undefined> {
  const schedule = deps.schedules.find((candidate) => candidate.name === name);
  if (schedule === undefined) throw unknownSchedule(deps.schedules, name);
  const id = tickId(name, nominal);
  const { action } = schedule;
  const { queue, registry } = deps;
  if (action.kind === 'refresh') await queue.add([tickJob(id, action.temperature)]);
  else if (action.kind === 'probe') await queue.add([probeJob(id, { ...action, name: action.source })]);
  else if (action.kind === 'gc') await queue.add([gcJob(id)]);
  else await createRun(deps, schedule, action, id, nominal, cause);
  const run = action.kind === 'run' ? id : undefined;
  await registry.noteTick(name, nominal, run);
  return run;
}

async function createRun(
  { runs, queue, clock, events }: FiringDeps,
  schedule: Schedule,
  action: Extract<ScheduleAction, { kind: 'run' }>,
  id: string,
  nominal: number,
  cause: RunCause,
): Promise<void> {
  const { selector, options, deadline } = action;
  const createdAt = clock.now();
  const deadlineAt = deadline > 0 ? nominal + deadline : 0;
  const spec = {
    id,
    selector,
    cause,
    schedule: schedule.name,
    nominal,
    options: { ...options, deadlineAt },
    createdAt,
  };
  const { created, run } = await runs.create(spec);
  if (run.state === 'planning') await queue.add([planJob(id)]);
  if (created) events.emit('run:created', { run: id, selector, schedule: schedule.name });
}

function unknownSchedule(schedules: readonly Schedule[], name: string): ForewarmError {
  const known = schedules.map((schedule) => schedule.name).join(', ');
  return new ForewarmError('E_NOT_FOUND', `schedule "${name}" does not exist; there is ${known}`, {
    details: { schedule: name },
  });
}
