/**
 * The scheduler: fires schedules by the machine's clock, as one of any number of schedulers.
 *
 * Every scheduler wakes at every nominal time of every schedule. For each tick they agree on one of them
 * (`redis-coordinator.ts`), which enqueues it: `onTick` calls `fire()` of `fire.ts`, which queues a job or creates a run
 * under an id made of the schedule and the nominal time. A tick that cannot be enqueued is released and tried again, here
 * or by another scheduler; after the last try it is missed.
 *
 * What there is to fire comes from `configured.ts`, the options from `options.ts`; `cron.ts` knows node-cron's parser.
 * `app/compose.ts` makes one scheduler in each process of that role. `forewarm schedules trigger` calls `fire()` directly.
 *
 * What must stay true:
 * - A tick is enqueued by one scheduler, or every scheduler that missed it says so, as a `problem`.
 * - Enqueuing a tick again changes nothing: ids are derived from the tick.
 * - While Redis is away everybody waits. Nobody enqueues on a guess (see `RedisCoordinator` for why).
 * - Of ticks that pass while the event loop is blocked or the machine sleeps, the last one fires late and the others are
 *   missed. Ticks that pass while no scheduler runs are not noticed.
 */
import type { RunCoordinator, ScheduledTask, TaskOptions } from 'node-cron';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { settleBy } from '../flow/deadline.ts';
import type { Service } from '../flow/service.ts';
import { type CronSchedule, cronTask } from './cron.ts';
import { type Tick, tickKey } from './tick.ts';

/** A tick that begins later than this after its nominal time is late, in ms. */
const LATE_MS = 1_000;
/** How long a process may take to enqueue a tick that it was elected for, before another one takes it over, in ms. */
const LEASE_MS = 10_000;
/** How often a process tries to enqueue a tick, and how long it waits in between, in ms. */
const TRIES = 5;
const RETRY_MS = 1_000;

/** Elects the one process that enqueues a tick. */
export interface TickCoordinator extends RunCoordinator {
  /** True for one process. Its election ends by itself after `leaseMs`, and then another process may be elected. */
  shouldRun(key: string, leaseMs: number, signal?: AbortSignal): Promise<boolean>;
  /** The tick is enqueued. */
  onComplete(key: string): Promise<void>;
  /** The tick is not enqueued: another process may do it. */
  release(key: string): Promise<void>;
}

export interface SchedulerDeps {
  readonly schedules: readonly CronSchedule[];
  readonly coordinator: TickCoordinator;
  readonly clock: Clock;
  readonly events: Events;
  /** Enqueues the tick. Called in one process for each tick; when it rejects, the tick is tried again, here or elsewhere. */
  readonly onTick: (tick: Tick) => Promise<unknown>;
}

export class Scheduler implements Service {
  readonly name = 'scheduler';
  readonly #deps: SchedulerDeps;
  readonly #firing = new Set<Promise<void>>();
  #tasks: ScheduledTask[] = [];
  #stopping = new AbortController();

  constructor(deps: SchedulerDeps) {
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
    const tickAt = (date: Date): Tick => ({ schedule: name, nominal: date.getTime() });
    const task = cronTask(schedule, ({ date }) => this.#track(this.#enqueue(tickAt(date), signal)), {
      name,
      distributed: true,
      distributedLease: LEASE_MS,
      runCoordinator: {
        shouldRun: (key, leaseMs) => coordinator.shouldRun(key, leaseMs, signal),
      },
      missedExecutionTolerance: Number.POSITIVE_INFINITY,
      unref: true,
      logger: errorsOnly((error) => {
        if (!signal.aborted) this.#problem(name, error);
      }),
    });
    task.on('execution:missed', ({ date }) => this.#missed(tickAt(date), 'this process was busy or asleep'));
    task.on('execution:skipped', ({ date, reason }) => {
      if (reason === 'not-elected') this.#report(tickAt(date), false);
      else if (!signal.aborted) this.#missed(tickAt(date), 'no scheduler could be elected for it');
    });
    return task;
  }

  /** Remembers what is under way, so that `stop` can wait for it. */
  async #track(firing: Promise<void>): Promise<void> {
    this.#firing.add(firing);
    await firing;
    this.#firing.delete(firing);
  }

  /** Enqueues a tick that this process was elected for, unless another process took it over meanwhile. */
  async #enqueue(tick: Tick, signal: AbortSignal): Promise<void> {
    const { coordinator, clock, onTick } = this.#deps;
    const key = tickKey(tick);
    const problem = (error: unknown) => this.#problem(tick.schedule, error);
    try {
      for (let tries = 1; ; tries += 1) {
        const late = this.#isLate(tick);
        try {
          await onTick(tick);
          this.#report(tick, true, late);
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
    } catch (error) {
      if (!signal.aborted) this.#missed(tick, messageOf(error));
    }
  }

  #isLate({ nominal }: Tick): boolean {
    return this.#deps.clock.now() - nominal > LATE_MS;
  }

  #report(tick: Tick, won: boolean, late = this.#isLate(tick)): void {
    this.#deps.events.emit('schedule:tick', { ...tick, late, won });
  }

  /** This process did not fire the tick. Another one may have. */
  #missed({ schedule, nominal }: Tick, reason: string): void {
    const text = `schedule "${schedule}" missed its tick of ${new Date(nominal).toISOString()}: ${reason}`;
    this.#problem(schedule, new Error(text));
  }

  #problem(schedule: string, error: unknown): void {
    this.#deps.events.emit('problem', { where: `schedule ${schedule}`, error });
  }
}

/** node-cron's logger: everything but errors has an event of its own. */
function errorsOnly(report: (error: unknown) => void): NonNullable<TaskOptions['logger']> {
  const nothing = () => {};
  return {
    info: nothing,
    warn: nothing,
    debug: nothing,
    error: (message, error) => report(error ?? message),
  };
}
