/**
 * The contract of the queue: handing work over, in time and order. The queue knows jobs, never what their kinds do.
 *
 * Work is spread over lanes, one per origin and one for everything else (`control`), so that an origin that is slow
 * or paused never holds up another.
 */
import type { Service } from '../flow/service.ts';

export const CONTROL_LANE = 'control';

/** A job on its way into the queue. */
export interface QueuedJob {
  /** Names the work: while a job of this id exists, adding it again does nothing. No colon; not all digits. */
  readonly id: string;
  readonly lane: string;
  readonly kind: string;
  readonly payload: unknown;
  /** 1 runs first; never 0. */
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
  /** Aborts when the job must be let go: its lock was lost, or the process stops and its grace is over. */
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

/** A consumer also tells when it last made progress, for liveness: a ping says nothing of a wedged worker. */
export interface Consumer extends Service {
  /** Monotonic ms of the clock when a job last ended or was found missing. */
  lastProgress(): number;
  active(): number;
}

export interface Queue {
  add(jobs: readonly QueuedJob[]): Promise<void>;
  /** Takes jobs of a lane and gives them to `handler`, `concurrency` at a time, once started. */
  consume(lane: string, concurrency: number, handler: Handler): Consumer;
  /** Does a job of this id exist that is yet to run, or is running? */
  pending(lane: string, id: string): Promise<boolean>;
  counts(lane: string): Promise<LaneCounts>;
  failed(lane: string, limit: number): Promise<FailedJob[]>;
  /** Queues failed jobs again. Answers how many. */
  redrive(lane: string, ids: readonly string[]): Promise<number>;
  close(): Promise<void>;
}
