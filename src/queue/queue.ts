/**
 * The contract of the queue: handing work over, in time and order. The queue knows jobs, never what their kinds do.
 *
 * Verbs, schedules and jobs add envelopes; the worker pool consumes lanes and gives each delivery to the executor, which
 * returns how it ended. The queue knows an envelope and never a job kind. Work is spread over lanes, one per origin and one
 * for everything else (`control`), so that an origin that is slow or paused never holds up another.
 *
 * `bullmq.ts` is the one implementation, and this folder the only one that imports BullMQ: `bullmq-consumer.ts` runs jobs
 * of a lane, `bullmq-taker.ts` picks each by class and priority, `job-slots.ts` counts them by class, `bullmq-active-job.ts` is
 * one of them in hand, `bullmq-backend.ts` gives BullMQ connections that can always be closed. `test/contract/queue.ts` has the clauses.
 *
 * What must stay true:
 * - A job that was added is delivered at least once, whatever dies: a worker that dies or loses its lock gives it up to
 *   another. So handlers must be idempotent.
 * - A class of jobs that has all its slots taken keeps no job of another class waiting.
 * - While a job of an id exists, adding that id does nothing; once it ended well, the id is free again.
 * - `later` and `back` cost no attempt. Only a handler that throws does.
 * - Stopping ends by its deadline, whatever state the connections are in.
 */
import type { Place } from '../core/place.ts';
import type { Service } from '../flow/service.ts';

export const CONTROL_LANE = 'control';

/**
 * Jobs of a lane whose priorities share a ten are a class: 1 to 9, 10 to 19 and so on; whatever comes after the last class is
 * in it. Each class has slots of its own in every consumer.
 */
export const CLASS_SIZE = 10;
export const CLASSES = 6;

export function classOf(priority: number): number {
  return Math.min(Math.floor(priority / CLASS_SIZE), CLASSES - 1);
}

/** A job on its way into the queue. */
export interface QueuedJob {
  /** Names the work: while a job of this id exists, adding it again does nothing. No colon; not all digits. */
  readonly id: string;
  readonly lane: string;
  readonly kind: string;
  readonly payload: unknown;
  /** 1 runs first; never 0. Its ten is the job's class. */
  readonly priority: number;
  readonly delayMs: number;
}

export interface Delivery {
  readonly id: string;
  readonly lane: string;
  readonly kind: string;
  readonly payload: unknown;
  /** 1 at the first try. */
  readonly attempt: number;
  readonly lastAttempt: boolean;
  /** Aborts when the handler must stop: the job's lock was lost, or the process stops and its grace is over. */
  readonly signal: AbortSignal;
}

/**
 * How a job ended. `done`: well. `later`: put back until a time, not counted as an attempt. `back`: put back now (the
 * process stops). `abandoned`: it can never succeed. Throwing means "unexpected": retried with back-off, then failed.
 */
export type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly at: number; readonly reason: string }
  | { readonly kind: 'back' }
  | { readonly kind: 'abandoned'; readonly reason: string };

export type Handler = (delivery: Delivery) => Promise<Ending>;

export interface LaneCounts {
  /** Also delayed jobs whose time has come. */
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly failed: number;
}

export interface FailedJob {
  readonly id: string;
  readonly lane: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly reason: string;
  readonly failedAt: number;
  readonly attempts: number;
}

/** A consumer also knows when it last made progress, for liveness: a ping says nothing about a wedged worker. */
export interface Consumer extends Service {
  /**
   * Monotonic ms of the clock when a job last ended or was found missing; of a class whose slots are all taken, when one of
   * its jobs was last taken or ended, if that is longer ago.
   */
  lastProgress(): number;
  active(): number;
  /** Jobs in hand whose end the queue was not told, nor got them back. After a stop: those whose locks have to run out. */
  unended(): number;
}

export interface Queue {
  add(jobs: readonly QueuedJob[]): Promise<void>;
  /** Takes jobs of a lane and gives them to `handler`, `concurrency` of each class at a time, once started. */
  consume(lane: string, concurrency: number, handler: Handler): Consumer;
  /** Does a job of this id exist that is yet to run, or is running? */
  pending(lane: string, id: string): Promise<boolean>;
  counts(lane: string): Promise<LaneCounts>;
  /** Every lane that a job was ever added to, in no order: also those that nobody consumes any more. */
  lanes(): Promise<readonly string[]>;
  /** Since when the oldest of the jobs that wait does: when it was added or queued again, or its time came; ms since the epoch. Undefined when none waits. */
  oldest(lane: string): Promise<number | undefined>;
  /** How many of the delayed jobs have a time that is yet to come and does by `at`, ms on the clock. */
  dueBy(lane: string, at: number): Promise<number>;
  /** Newest first; those after a place, where one is given. */
  failed(lane: string, limit: number, after?: Place): Promise<FailedJob[]>;
  /** Queues failed jobs again. Returns how many. */
  redrive(lane: string, ids: readonly string[]): Promise<number>;
  close(): Promise<void>;
}
