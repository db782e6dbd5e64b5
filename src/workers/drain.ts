import type { Runs } from '../catalog/runs/runs.ts';
import { type Clock, sleep } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { onErrand } from '../flow/errand.ts';
import { PATIENCE } from '../flow/patience.ts';
import { jobsIn, orphanLanes } from '../queue/lanes.ts';
import type { Queue } from '../queue/queue.ts';

export interface DrainDeps {
  readonly queue: Pick<Queue, 'counts' | 'dueBy' | 'lanes'>;
  /** Those that this process takes jobs of. */
  readonly lanes: readonly string[];
  readonly runs: Pick<Runs, 'active'>;
  readonly clock: Clock;
  readonly events: Events;
}

export interface DrainOptions {
  /** How long what cannot be done now is waited for, in ms, while nothing else is done: a paused origin, a retry, another worker. */
  readonly wait: number;
  /** How long all may take, in ms; undefined: as long as work goes on. */
  readonly maxTime: number | undefined;
}

/** What is left in the lanes that this process takes jobs of, all of them together, whichever process works on it. */
export interface Backlog {
  /** Jobs that could be taken now. */
  readonly waiting: number;
  readonly active: number;
  /** Jobs whose time comes within the wait. */
  readonly soon: number;
  /** Jobs whose time comes later. */
  readonly later: number;
  /** Runs that have not ended. */
  readonly runs: number;
  /** Lanes that this process takes no jobs of, since their origin is not configured here, and how many jobs are in each. */
  readonly orphans: readonly { readonly lane: string; readonly jobs: number }[];
}

/**
 * `drained`: nothing is left. `left`: what is left could not be done within the wait. `late`: the time was over. `stopped`: the signal
 * came.
 */
export type DrainEnd = 'drained' | 'left' | 'late' | 'stopped';

export interface DrainReport {
  readonly end: DrainEnd;
  readonly left: Backlog;
}

const EVERY_MS = 1_000;
/** A worker that has just begun has taken nothing yet: that is not stuck, however short the wait, in ms. */
const LEAST_WAIT_MS = 3_000;
/** Between two jobs that follow from each other there may be a moment without any. */
const LOOKS = 2;

const NOT_READ: Backlog = { waiting: 0, active: 0, soon: 0, later: 0, runs: 0, orphans: [] };

/**
 * Watches a worker of this process until nothing is left to do. What other processes have in hand counts: should they die, it is this
 * one that takes it up. So does a run that has no job at the moment, since the watchdog queues what was lost of it. Jobs of lanes that
 * this process does not take count as long as others may be doing them, and are left if nobody does.
 */
export class Drain {
  readonly #deps: DrainDeps;
  readonly #options: DrainOptions;
  /** When something was last done, or was under way: monotonic ms. */
  #movedAt: number;
  #readAt: number;
  #backlog: Backlog = NOT_READ;
  #empty = 0;

  constructor(deps: DrainDeps, options: DrainOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#movedAt = deps.clock.elapsed();
    this.#readAt = deps.clock.elapsed();
  }

  /**
   * Resolves once it ended; `onLook` is told what is left at each look. Rejects with `E_REDIS_UNAVAILABLE` when the jobs Redis was away
   * for a minute.
   */
  async run(signal: AbortSignal, onLook: (left: Backlog) => void): Promise<DrainReport> {
    const { clock, events } = this.#deps;
    const began = clock.elapsed();
    const { maxTime = Number.POSITIVE_INFINITY } = this.#options;
    const deafen = this.#listen(events);
    try {
      for (;;) {
        const left = await this.#look();
        if (left !== undefined) onLook(left);
        const end = signal.aborted ? 'stopped' : this.#endOf(left);
        if (end !== undefined) return { end, left: left ?? this.#backlog };
        if (clock.elapsed() - began >= maxTime) return { end: 'late', left: left ?? this.#backlog };
        const pause = Math.min(EVERY_MS, began + maxTime - clock.elapsed());
        await sleep(clock, Math.max(1, pause), signal).catch(() => undefined);
      }
    } finally {
      deafen();
    }
  }

  #listen(events: Events): () => void {
    const moved = () => {
      this.#movedAt = this.#deps.clock.elapsed();
    };
    const off = [
      events.on('keys:ended', moved),
      events.on('job:ended', ({ ending }) => {
        // What goes back to the queue as it was is no progress, however often it does.
        if (ending !== 'later' && ending !== 'back') moved();
      }),
    ];
    return () => {
      for (const each of off) each();
    };
  }

  /** Undefined while the jobs Redis does not answer. */
  async #look(): Promise<Backlog | undefined> {
    const { clock } = this.#deps;
    try {
      const left = await onErrand(() => this.#read());
      this.#readAt = clock.elapsed();
      if (left.active > 0 || jobsOf(left.orphans) < jobsOf(this.#backlog.orphans))
        this.#movedAt = this.#readAt;
      this.#backlog = left;
      return left;
    } catch (error) {
      // What could not be done meanwhile had no chance.
      this.#movedAt = clock.elapsed();
      if (clock.elapsed() - this.#readAt >= PATIENCE.watch) throw error;
      return undefined;
    }
  }

  async #read(): Promise<Backlog> {
    const { queue, lanes, runs, clock } = this.#deps;
    const until = clock.now() + this.#options.wait;
    const [active, orphans, ...each] = await Promise.all([
      runs.active(),
      orphanLanes(queue, lanes),
      ...lanes.map(async (lane) => ({ ...(await queue.counts(lane)), soon: await queue.dueBy(lane, until) })),
    ]);
    const sum = (count: (lane: (typeof each)[number]) => number) =>
      each.reduce((total, lane) => total + count(lane), 0);
    return {
      waiting: sum(({ waiting }) => waiting),
      active: sum((lane) => lane.active),
      soon: sum(({ soon }) => soon),
      later: sum(({ delayed, soon }) => Math.max(0, delayed - soon)),
      runs: active.length,
      orphans: orphans
        .map((state) => ({ lane: state.lane, jobs: jobsIn(state) }))
        .filter(({ jobs }) => jobs > 0),
    };
  }

  #endOf(left: Backlog | undefined): DrainEnd | undefined {
    if (left === undefined) return undefined;
    const { waiting, active, soon, later, runs, orphans } = left;
    const isIdle = waiting + active + soon + orphans.length === 0;
    this.#empty = isIdle ? this.#empty + 1 : 0;
    if (this.#empty >= LOOKS && later > 0) return 'left';
    if (this.#empty >= LOOKS && runs === 0) return 'drained';
    const isStuck =
      active === 0 &&
      this.#deps.clock.elapsed() - this.#movedAt >= Math.max(LEAST_WAIT_MS, this.#options.wait);
    return isStuck ? 'left' : undefined;
  }
}

function jobsOf(orphans: Backlog['orphans']): number {
  return orphans.reduce((sum, { jobs }) => sum + jobs, 0);
}
