/** Ticks out of cron expressions: the only place that knows how node-cron fires them. */

import { createTask, type RunCoordinator, type ScheduledTask, type TaskOptions } from 'node-cron';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { settleBy } from '../flow/deadline.ts';

/** A tick that begins later than this after its nominal time is late, in ms. */
const LATE_MS = 1_000;
/** How long a process may take to enqueue a tick that it claimed before another one takes it over, in ms. */
const LEASE_MS = 10_000;
/** How often a process tries to enqueue a tick, and how long it waits in between, in ms. */
const TRIES = 5;
const RETRY_MS = 1_000;

export interface CronSchedule {
  /** Letters, digits, `_`, `-` and `.`: it becomes part of a job's id. */
  readonly name: string;
  readonly cron: string;
  /** Undefined is the machine's. */
  readonly timezone: string | undefined;
}

export interface Tick {
  readonly schedule: string;
  /** The time the schedule named, in ms since the epoch: the same in every process. */
  readonly nominal: number;
  /** The event loop was blocked, the machine asleep or Redis away, and the tick begins after its time. */
  readonly late: boolean;
}

/** A tick that this process did not fire. Another one may have. */
export interface MissedTick {
  readonly schedule: string;
  readonly nominal: number;
  readonly reason: string;
}

/** Decides which of several processes enqueues a tick. */
export interface TickCoordinator extends RunCoordinator {
  /** True for one process. A claim ends by itself after `leaseMs`, and then is another one's to have. */
  shouldRun(key: string, leaseMs: number, signal?: AbortSignal): Promise<boolean>;
  /** The tick is enqueued. */
  onComplete(key: string): Promise<void>;
  /** The tick is not enqueued: another process may do it. */
  release(key: string): Promise<void>;
}

export interface CronDeps {
  readonly schedules: readonly CronSchedule[];
  readonly coordinator: TickCoordinator;
  readonly clock: Clock;
  readonly events: Events;
  /** Enqueues the tick. Called in one process for each tick; rejecting makes it be tried again, here or elsewhere. */
  readonly onTick: (tick: Tick) => Promise<unknown>;
  /** Each process that misses a tick says so, also as a `problem`. */
  readonly onMissed?: (missed: MissedTick) => void;
}

/**
 * Fires schedules by the machine's clock. Of ticks that pass while the event loop is blocked or the machine sleeps, the
 * last one is fired late and the others are missed. Ticks that pass while no process runs are nobody's here.
 */
export class Cron {
  readonly #deps: CronDeps;
  readonly #firing = new Set<Promise<void>>();
  #tasks: ScheduledTask[] = [];
  #stopping = new AbortController();

  constructor(deps: CronDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    if (this.#tasks.length > 0) return;
    this.#stopping = new AbortController();
    this.#tasks = this.#deps.schedules.map((schedule) => this.#task(schedule));
    await Promise.all(this.#tasks.map((task) => task.start()));
  }

  /** Fires nothing more, and waits for the ticks that are being enqueued. */
  async stop(deadline: number): Promise<void> {
    const { clock } = this.#deps;
    const tasks = this.#tasks;
    this.#tasks = [];
    await Promise.all(tasks.map((task) => task.destroy()));
    this.#stopping.abort(new ForewarmError('E_NOT_READY', 'this scheduler stops'));
    await settleBy(clock, deadline, Promise.all(this.#firing));
  }

  #task(schedule: CronSchedule): ScheduledTask {
    const { coordinator } = this.#deps;
    const { signal } = this.#stopping;
    const { name } = schedule;
    const task = taskOf(schedule, ({ date }) => this.#fire(name, date.getTime(), signal), {
      name,
      distributed: true,
      distributedLease: LEASE_MS,
      runCoordinator: {
        shouldRun: (key, leaseMs) => coordinator.shouldRun(key, leaseMs, signal),
      },
      missedExecutionTolerance: Number.POSITIVE_INFINITY,
      unref: true,
      logger: silent((error) => {
        if (!signal.aborted) this.#problem(name, error);
      }),
    });
    task.on('execution:missed', ({ date }) => {
      this.#missed({ schedule: name, nominal: date.getTime(), reason: 'this process was busy or asleep' });
    });
    task.on('execution:skipped', ({ date, reason }) => {
      const nominal = date.getTime();
      if (reason === 'not-elected')
        this.#tell({ schedule: name, nominal, late: this.#isLate(nominal) }, false);
      else if (!signal.aborted) this.#missed({ schedule: name, nominal, reason: 'it could not be claimed' });
    });
    return task;
  }

  async #fire(schedule: string, nominal: number, signal: AbortSignal): Promise<void> {
    const firing = this.#enqueue(schedule, nominal, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#missed({ schedule, nominal, reason: messageOf(error) });
    });
    this.#firing.add(firing);
    await firing;
    this.#firing.delete(firing);
  }

  /** Enqueues a tick that is claimed. Rejects when it could not, and no other process did meanwhile. */
  async #enqueue(schedule: string, nominal: number, signal: AbortSignal): Promise<void> {
    const { coordinator, clock, onTick } = this.#deps;
    const key = `${schedule}:${new Date(nominal).toISOString()}`;
    const problem = (error: unknown) => this.#problem(schedule, error);
    for (let tries = 1; ; tries += 1) {
      const tick = { schedule, nominal, late: this.#isLate(nominal) };
      try {
        await onTick(tick);
        this.#tell(tick, true);
        break;
      } catch (error) {
        await coordinator.release(key).catch(problem);
        if (tries === TRIES) throw error;
        problem(error);
      }
      await sleep(clock, RETRY_MS, signal);
      if (!(await coordinator.shouldRun(key, LEASE_MS, signal))) return;
    }
    await coordinator.onComplete(key).catch(problem);
  }

  #isLate(nominal: number): boolean {
    return this.#deps.clock.now() - nominal > LATE_MS;
  }

  #tell(tick: Tick, won: boolean): void {
    this.#deps.events.emit('schedule:tick', { ...tick, won });
  }

  #missed(missed: MissedTick): void {
    const { schedule, nominal, reason } = missed;
    const text = `schedule "${schedule}" missed its tick of ${new Date(nominal).toISOString()}: ${reason}`;
    this.#problem(schedule, new Error(text));
    this.#deps.onMissed?.(missed);
  }

  #problem(schedule: string, error: unknown): void {
    this.#deps.events.emit('problem', { where: `schedule ${schedule}`, error });
  }
}

/**
 * The next `count` nominal times of a schedule, in ms since the epoch, by the parser that fires it. Throws
 * `E_CONFIG_INVALID` for an expression or a time zone that cannot be used.
 */
export function nextTimes(cron: string, timezone: string | undefined, count: number): number[] {
  const task = taskOf({ name: cron, cron, timezone }, () => undefined, {});
  try {
    return task.getNextRuns(count).map((date) => date.getTime());
  } finally {
    // node-cron keeps every task it made in a list until it is destroyed.
    void task.destroy();
  }
}

/** The name of a tick: an id for its job or its run. One schedule and one nominal time have one name. */
export function tickId(schedule: string, nominal: number): string {
  return `${schedule}-${new Date(nominal).toISOString().replace(/[-:]/g, '').replace('.', '')}`;
}

function taskOf(
  { name, cron, timezone }: CronSchedule,
  run: (context: { readonly date: Date }) => unknown,
  options: TaskOptions,
): ScheduledTask {
  try {
    return createTask(cron, run, timezone === undefined ? options : { ...options, timezone });
  } catch (cause) {
    const where = timezone === undefined ? '' : ` in time zone "${timezone}"`;
    throw new ForewarmError(
      'E_CONFIG_INVALID',
      `schedule "${name}" cannot fire at "${cron}"${where}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** node-cron's logger: only errors are told; everything else has an event of its own. */
function silent(tell: (error: unknown) => void): NonNullable<TaskOptions['logger']> {
  const nothing = () => {};
  return { info: nothing, warn: nothing, debug: nothing, error: (message, error) => tell(error ?? message) };
}
