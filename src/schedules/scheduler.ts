/**
 * The scheduler: sees to it that every nominal time of every schedule ends, as one of any number of schedulers.
 *
 * node-cron wakes each scheduler once a second, in UTC, where no clock changes. It then works from the account of ticks
 * (`tick-store.ts`): which times have passed since a schedule's cursor, by the rule that named them (`policy/nominal-times.ts`),
 * and what becomes of each (`policy/missed.ts`). One script moves the cursor and claims what is to fire, so one scheduler
 * fires a time, and those of a scheduler that dies are taken over when its lease ends. `onTick` calls `fire()` of `fire.ts`,
 * which queues a job or creates a run under an id made of the schedule and the time.
 *
 * What there is to fire comes from `configured.ts`, the options from `options.ts`. `app/compose.ts` makes one scheduler in
 * each process of that role. `forewarm schedules trigger` calls `fire()` directly.
 *
 * What must stay true:
 * - Every time ends as ran, or as skipped with its reason: also those that pass while no scheduler runs, once one does.
 * - Enqueuing a tick again changes nothing: ids are derived from the tick.
 * - Times go by the server's clock, so that a host whose clock is wrong fires nothing early, late or twice.
 * - While Redis is away nothing moves. The times that pass meanwhile are found when it is back.
 * - A schedule that nobody has seen before begins now. A changed one goes by its new rule from now on; what its old rule named
 *   until now ends as its policy says.
 */
import { createTask, type ScheduledTask } from 'node-cron';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { settleBy } from '../flow/deadline.ts';
import type { Service } from '../flow/service.ts';
import { type MissedRules, passedTimes, whilePaused } from '../policy/missed.ts';
import { type NominalTimes, nominalTimes } from '../policy/nominal-times.ts';
import { advanceOf, isPausedAt } from './advance.ts';
import { ruleOf, ruleText } from './rule.ts';
import type { Tick } from './tick.ts';
import type { CursorAdvance, ScheduleAccount, TickStore } from './tick-store.ts';

/** A tick that begins later than this after its nominal time is late, in ms. */
const LATE_MS = 1_000;
/** How often a process tries to enqueue a tick, and how long it waits in between, in ms. */
const TRIES = 5;
const RETRY_MS = 1_000;
/** How often claims of schedulers that died are looked for, and the server's clock is asked, in ms. */
const LOOK_EVERY_MS = 5_000;

export interface ScheduledTimes {
  /** Letters, digits, `_`, `-` and `.`: it becomes part of a job's id. */
  readonly name: string;
  readonly cron: string;
  /** Undefined is the machine's. */
  readonly timezone: string | undefined;
  readonly rules: MissedRules;
}

export interface SchedulerDeps {
  readonly schedules: readonly ScheduledTimes[];
  readonly store: TickStore;
  readonly clock: Clock;
  readonly events: Events;
  /** Enqueues the tick, and returns the run it made. Called in one process for each tick; when it rejects, the tick is tried again. */
  readonly onTick: (tick: Tick) => Promise<string | undefined>;
}

/** A schedule, and where it stood when this process last looked. */
interface Account {
  readonly schedule: ScheduledTimes;
  readonly times: NominalTimes;
  readonly rule: string;
  state: ScheduleAccount;
}

export class Scheduler implements Service {
  readonly name = 'scheduler';
  readonly #deps: SchedulerDeps;
  readonly #firing = new Set<Promise<void>>();
  #accounts: Account[] = [];
  #timer: ScheduledTask | undefined;
  #stopping = new AbortController();
  #waking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  /** The server's time, and the monotonic time at which it was asked. */
  #server = { now: 0, at: 0 };

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#stopping = new AbortController();
    this.#timer = createTask('* * * * * *', () => this.#wake(), {
      timezone: 'UTC',
      unref: true,
      logger: SILENT,
    });
    await this.#open();
    await this.#timer.start();
  }

  /** Fires nothing more, and waits for the ticks that are being enqueued. */
  async stop(deadline: number): Promise<void> {
    const timer = this.#timer;
    this.#timer = undefined;
    await timer?.destroy();
    this.#stopping.abort(new ForewarmError('E_NOT_READY', 'this scheduler stops'));
    await settleBy(this.#deps.clock, deadline, Promise.all([...this.#firing, this.#waking]));
  }

  /** Opens the accounts of schedules that have none, from now on. */
  async #open(): Promise<void> {
    const { schedules, store } = this.#deps;
    const { now } = await this.#states([]);
    this.#accounts = await Promise.all(
      schedules.map(async (schedule) => {
        const rule = ruleText(schedule);
        const state = await store.open(schedule.name, { cursor: now, rule });
        return { schedule, rule, times: nominalTimes(ruleOf(rule)), state: { ...state, paused: undefined } };
      }),
    );
  }

  /** Once a second; never twice at a time, so that a Redis that is away is waited for once. */
  #wake(): void {
    if (this.#waking !== undefined || this.#stopping.signal.aborted) return;
    this.#waking = this.#settle()
      .catch((error: unknown) => this.#problem('all', error))
      .finally(() => {
        this.#waking = undefined;
      });
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#accounts.map((account) => this.#settleOne(account)));
    if (this.#deps.clock.elapsed() - this.#looked < LOOK_EVERY_MS) return;
    this.#looked = this.#deps.clock.elapsed();
    const names = this.#accounts.map(({ schedule }) => schedule.name);
    await this.#states([]);
    for (const tick of await this.#deps.store.takeOver(names)) this.#track(this.#enqueue(tick));
  }

  /** Ends what has passed of one schedule. One that another scheduler has moved is looked at again. */
  async #settleOne(account: Account): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const move = this.#moveOf(account);
      if (move === undefined) return;
      // A pause may have ended since this process learned of it.
      if (move.isPaused && tries === 0) await this.#refresh(account);
      else if (await this.#deps.store.advance(account.schedule.name, move.advance)) {
        this.#moved(account, move.advance);
        return;
      } else await this.#refresh(account);
    }
  }

  /** What is to be done about the times that have passed; undefined when there are none. */
  #moveOf({ schedule, rule, times, state }: Account) {
    const isChanged = state.rule !== rule;
    const named = isChanged ? nominalTimes(ruleOf(state.rule)) : times;
    const now = this.#now();
    const passed = passedTimes(named, state.cursor, now, schedule.rules);
    if (!isChanged && passed.ticks.length === 0) return undefined;
    const isPaused = isPausedAt(state, now);
    const to = { cursor: isChanged ? Math.max(state.cursor, now) : passed.cursor, rule };
    return { isPaused, advance: advanceOf(state, to, isPaused ? whilePaused(passed) : passed) };
  }

  #moved(account: Account, { to, fire, skipped }: CursorAdvance): void {
    const { name } = account.schedule;
    account.state = { ...to, paused: account.state.paused };
    for (const { nominal, reason } of skipped) this.#skipped({ schedule: name, nominal }, reason);
    for (const nominal of fire) this.#track(this.#enqueue({ schedule: name, nominal }));
  }

  async #refresh(account: Account): Promise<void> {
    const { name } = account.schedule;
    const { states } = await this.#states([name]);
    const opened = { cursor: this.#now(), rule: account.rule };
    account.state = states[0] ?? { ...(await this.#deps.store.open(name, opened)), paused: undefined };
  }

  async #states(names: readonly string[]) {
    const began = this.#deps.clock.elapsed();
    const found = await this.#deps.store.states(names);
    // The server looked at its clock at some time in between.
    this.#server = { now: found.now, at: (began + this.#deps.clock.elapsed()) / 2 };
    return found;
  }

  /** The server's time, in ms since the epoch. */
  #now(): number {
    return Math.floor(this.#server.now + this.#deps.clock.elapsed() - this.#server.at);
  }

  /** Remembers what is under way, so that `stop` can wait for it. */
  #track(firing: Promise<void>): void {
    this.#firing.add(firing);
    void firing.finally(() => this.#firing.delete(firing));
  }

  /** Enqueues a tick that this process has claimed. One that cannot be enqueued is left for whoever takes it over. */
  async #enqueue(tick: Tick): Promise<void> {
    const { store, clock, events, onTick } = this.#deps;
    const { schedule, nominal } = tick;
    const { signal } = this.#stopping;
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          const late = this.#now() - nominal > LATE_MS;
          const run = await onTick(tick);
          events.emit('schedule:tick', { ...tick, late, won: true });
          await store.ran(schedule, nominal, run);
          return;
        } catch (error) {
          if (tries === TRIES) throw error;
          this.#problem(schedule, error);
        }
        await sleep(clock, RETRY_MS, signal);
      }
    } catch (error) {
      await store.release(schedule, nominal).catch(() => undefined);
      if (!signal.aborted) this.#problem(schedule, error);
    }
  }

  #skipped({ schedule, nominal }: Tick, reason: string): void {
    this.#deps.events.emit('schedule:skipped', { schedule, nominal, reason });
  }

  #problem(schedule: string, error: unknown): void {
    this.#deps.events.emit('problem', { where: `schedule ${schedule}`, error });
  }
}

const nothing = () => {};
/** node-cron's logger: what it would say is seen in the account of ticks. */
const SILENT = { info: nothing, warn: nothing, debug: nothing, error: nothing };
