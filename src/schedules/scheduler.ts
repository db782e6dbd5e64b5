/**
 * The scheduler: sees to it that every nominal time of every schedule ends, as one of any number of schedulers.
 *
 * A timer wakes each scheduler once a second (`each-second.ts`). It then works from the account of ticks
 * (`tick-store.ts`): which times have passed since a schedule's cursor, by the rule that named them (`policy/nominal-times.ts`),
 * and what becomes of each (`policy/missed.ts`, `tick-rules.ts`, `overlap.ts`; `advance.ts` puts them together). One script moves the cursor and claims what is to fire, so one scheduler
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
 * - A schedule that nobody has seen before begins now. A changed one goes by its new rule from the start of the first scheduler
 *   that has it; what its old rule named until then ends as its policy says.
 * - What people want (a pause, a time to leave out) outlives a jobs Redis that is emptied, as long as one scheduler lives.
 * - One rule leads: that of the scheduler that started last. Schedulers with another one stand aside, so no rule comes and goes.
 */
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Movement } from '../core/health.ts';
import { settleBy } from '../flow/deadline.ts';
import type { Service } from '../flow/service.ts';
import { jitterOf } from '../policy/jitter.ts';
import type { Window } from '../policy/windows.ts';
import { endsOf, isPausedAt, moveOf, skippedByReason, wantsToFire } from './advance.ts';
import type { EachSecond, RunningTimer } from './each-second.ts';
import { type KnownAccount, KnownAccounts, type ScheduledTimes } from './known-accounts.ts';
import type { Tick } from './tick.ts';
import type { CursorAdvance, TickStore } from './tick-store.ts';

/** A tick that begins later than this after it was to begin is late, in ms. */
const LATE_MS = 1_000;
/** What passed before a scheduler ran, or while it starts, is made up for and not late; in ms after the start. */
const STARTING_MS = 30_000;
/** How often a process tries to enqueue a tick, and how long it waits in between, in ms. */
const TRIES = 5;
const RETRY_MS = 1_000;
/** How often claims of schedulers that died are looked for, and the server's clock is asked, in ms. */
const LOOK_EVERY_MS = 5_000;

export interface SchedulerDeps {
  readonly schedules: readonly ScheduledTimes[];
  readonly store: TickStore;
  readonly clock: Clock;
  readonly events: Events;
  readonly eachSecond: EachSecond;
  /** The windows of a calendar; none for undefined. */
  readonly windows: (calendar: string | undefined) => Promise<readonly Window[]>;
  /** The run of a schedule that has not ended; undefined when there is none. */
  readonly busy: (schedule: string) => Promise<string | undefined>;
  /** Enqueues the tick, and returns the run it made. Called in one process for each tick; when it rejects, the tick is tried again. */
  readonly onTick: (tick: Tick) => Promise<string | undefined>;
}

export class Scheduler implements Service {
  readonly name = 'scheduler';
  readonly #deps: SchedulerDeps;
  readonly #firing = new Set<Promise<void>>();
  readonly #accounts: KnownAccounts;
  #timer: RunningTimer | undefined;
  #stopping = new AbortController();
  #waking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #startedAt = 0;
  /** When it was last done with a second, well or not: monotonic ms. */
  #wokeAt: number;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#wokeAt = deps.clock.elapsed();
    this.#accounts = new KnownAccounts(deps);
  }

  async start(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#stopping = new AbortController();
    await this.#accounts.open();
    this.#startedAt = this.#accounts.now();
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#deps.eachSecond(() => this.#wake());
  }

  /** Fires nothing more, and waits for the ticks that are being enqueued. */
  async stop(deadline: number): Promise<void> {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.stop();
    this.#stopping.abort(new ForewarmError('E_NOT_READY', 'this scheduler stops'));
    await settleBy(this.#deps.clock, deadline, this.#settled());
  }

  movements(): Movement[] {
    return [{ name: this.name, at: this.#wokeAt }];
  }

  /** What this second has claimed is enqueued after it: a claim that is left would wait for the end of its lease. */
  async #settled(): Promise<void> {
    await this.#waking;
    await Promise.all(this.#firing);
  }

  /** Once a second; never twice at a time, so that a Redis that is away is waited for once. */
  #wake(): void {
    if (this.#waking !== undefined || this.#stopping.signal.aborted) return;
    this.#waking = this.#settle()
      .catch((error: unknown) => this.#problem('all', error))
      .finally(() => {
        this.#waking = undefined;
        this.#wokeAt = this.#deps.clock.elapsed();
      });
  }

  async #settle(): Promise<void> {
    const accounts = this.#accounts;
    const settled = accounts.all.map((account) =>
      this.#settleOne(account).catch((error: unknown) => this.#problem(account.schedule.name, error)),
    );
    await Promise.all(settled);
    if (this.#deps.clock.elapsed() - this.#looked < LOOK_EVERY_MS) return;
    this.#looked = this.#deps.clock.elapsed();
    // Which also tells of a time that waits for a run, left by a scheduler that died.
    await accounts.enlist();
    await accounts.learn();
    if (this.#stopping.signal.aborted) return;
    const names = accounts.all.filter((one) => accounts.leads(one)).map(({ schedule }) => schedule.name);
    for (const tick of await this.#deps.store.takeOver(names)) this.#track(this.#enqueue(tick));
  }

  /** Ends what has passed of one schedule. One that another scheduler has moved is looked at again. */
  async #settleOne(account: KnownAccount): Promise<void> {
    const { name, rules } = account.schedule;
    if (!this.#accounts.leads(account) || !this.#hasPassed(account)) return;
    const windows = await this.#deps.windows(rules.calendar);
    for (let tries = 0; tries < TRIES && !this.#stopping.signal.aborted; tries += 1) {
      const now = this.#accounts.now();
      const standing = { ...account, schedule: { ...account.schedule, windows } };
      const ends = endsOf(standing, now);
      const wants = wantsToFire(standing, ends);
      // A pause may have ended since this process learned of it, and another one may have fired.
      if (tries === 0 && (wants || isPausedAt(account.state, now))) {
        await this.#accounts.learn([account]);
        continue;
      }
      const move = moveOf(standing, ends, now, wants ? await this.#busy(account) : undefined);
      if (move === undefined) return;
      if (await this.#deps.store.advance(name, move)) {
        this.#moved(account, move);
        if (move.from.rule === move.to.rule) return;
        continue;
      }
      await this.#accounts.learn([account]);
      if (!this.#accounts.leads(account)) return;
    }
  }

  /** Whether there may be anything to do, at next to no cost: this is asked of every schedule each second. */
  #hasPassed({ state, rule, times }: KnownAccount): boolean {
    if (state.rule !== rule || state.waiting !== undefined) return true;
    const next = times.next(state.cursor);
    return next !== undefined && next <= this.#accounts.now();
  }

  /** The run that has not ended; a time that is claimed makes one. */
  async #busy({ schedule, state }: KnownAccount): Promise<string | undefined> {
    return state.claimed > 0 ? 'a tick that is being enqueued' : this.#deps.busy(schedule.name);
  }

  #moved(account: KnownAccount, move: CursorAdvance): void {
    const { name } = account.schedule;
    const { events } = this.#deps;
    account.state = { ...account.state, ...move.to };
    for (const { to: nominal, from, count, reason } of skippedByReason(move))
      events.emit('schedule:skipped', { schedule: name, nominal, from, count, reason });
    for (const nominal of move.fire) this.#track(this.#enqueue({ schedule: name, nominal }));
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
          const begins = this.#beginOf(tick);
          const late = this.#isLate(tick, begins);
          const run = await events.tracer.root(rootOf(tick, late), () => onTick(tick));
          const behind = Math.max(0, this.#accounts.now() - begins);
          await store.ran(schedule, nominal, { run, begins });
          events.emit('schedule:tick', { ...tick, late, behind });
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

  /** When it is to begin: at its time, or up to its jitter later. */
  #beginOf({ schedule, nominal }: Tick): number {
    const account = this.#accounts.all.find((each) => each.schedule.name === schedule);
    if (account === undefined) return nominal;
    return nominal + jitterOf(schedule, nominal, account.schedule.rules.jitter, account.times);
  }

  #isLate({ nominal }: Tick, begins: number): boolean {
    return nominal >= this.#startedAt + STARTING_MS && this.#accounts.now() - begins > LATE_MS;
  }

  #problem(schedule: string, error: unknown): void {
    this.#deps.events.emit('problem', { where: `schedule ${schedule}`, error });
  }
}

function rootOf({ schedule, nominal }: Tick, late: boolean) {
  return {
    name: 'tick',
    kind: 'internal',
    attributes: {
      'forewarm.schedule': schedule,
      'forewarm.tick': new Date(nominal).toISOString(),
      'forewarm.late': late,
    },
    from: undefined,
    joins: 'link',
  } as const;
}
