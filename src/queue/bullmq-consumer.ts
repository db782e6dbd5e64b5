import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock, Random, Timer } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type Backoff, backoffMs } from '../flow/backoff.ts';
import { settleBy } from '../flow/deadline.ts';
import { ActiveJob, type ReleaseReason } from './bullmq-active-job.ts';
import { consumerBackend, endClient } from './bullmq-backend.ts';
import type { Problems } from './bullmq-problems.ts';
import { lastAttempt, reported } from './bullmq-report.ts';
import { JobTaker } from './bullmq-taker.ts';
import { JobSlots } from './job-slots.ts';
import type { Consumer, Delivery, Ending, Handler } from './queue.ts';

/** The jobs that are kept as dead letters in each lane; the oldest ones beyond are dropped. */
const FAILED_KEPT = 1_000;
/**
 * How often the worker that runs a job may die under it before it is given up. High, since a deploy that kills its
 * workers must lose nothing; finite, so that a job which kills every worker does not do so for ever.
 */
const DEATHS_ALLOWED = 100;
/**
 * How long an idle worker waits for news before it looks by itself, in seconds. It bounds how long a job that was handed
 * back lies unseen, since BullMQ announces no such job, and shows liveness at least this often.
 */
const IDLE_POLL_S = 2;
/** Points of one minute that BullMQ's own counters of finished jobs keep. */
const METRICS_POINTS = 1_440;
/** How long before the deadline a stopping consumer no longer waits for handlers, in ms: to hand their jobs back. */
const HAND_BACK_MS = 250;
/** How long handlers have between the signal to stop and that moment, in ms, where the deadline allows it. */
const RELEASE_MS = 500;

export interface BullConsumerDeps {
  readonly lane: string;
  /** Jobs of each class at the same time. */
  readonly concurrency: number;
  /** How long jobs of this lane may take without another sign that they get on, in ms: a full class is not stuck meanwhile. */
  readonly longestMs: number;
  readonly handler: Handler;
  /** For commands, shared by consumers. */
  readonly commands: Redis;
  /** Makes the connection that this consumer blocks on. */
  readonly connect: () => Redis;
  /** Before the lane's name in every key. */
  readonly prefix: string;
  readonly clock: Clock;
  /** The clock that BullMQ goes by. */
  readonly hostClock: Clock;
  readonly events: Events;
  readonly problems: Problems;
  readonly random: Random;
  readonly backoff: Backoff;
  /** A job whose lock is not renewed this long is taken up by another worker, in ms. */
  readonly lock: number;
  /** How often such jobs are looked for, in ms. */
  readonly stalledCheck: number;
  /** How long handlers may go on once the consumer stops, in ms. */
  readonly grace: number;
}

interface Running {
  readonly worker: Worker;
  readonly blocking: Redis;
}

/**
 * Takes jobs of one lane. `lastProgress` moves when Redis answered a fetch or a job ended: a worker that has slots free
 * does so every few seconds, also when the lane is empty, and one that is wedged does not, however healthy its
 * connection looks. A class with every slot taken shows only jobs that end, so judge it together with `active`;
 * jobs may take `longestMs`.
 */
export class BullConsumer implements Consumer {
  readonly name: string;
  readonly #deps: BullConsumerDeps;
  readonly #jobs = new Map<string, ActiveJob>();
  /** Also those whose handlers have ended, until Redis knows. */
  readonly #unended = new Map<string, ActiveJob>();
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  /** Whether the last word was to start: a stop may come while a start waits for the stop before it. */
  #isWanted = false;
  #watch: Timer | undefined;
  #handBack = false;
  #progressAt: number;
  #slots: JobSlots;

  constructor(deps: BullConsumerDeps) {
    this.#deps = deps;
    this.name = `consumer:${deps.lane}`;
    this.#progressAt = deps.clock.elapsed();
    this.#slots = new JobSlots(deps.concurrency, () => deps.clock.elapsed());
  }

  lastProgress(): number {
    return Math.min(this.#progressAt, this.#slots.stuckSince() + this.#deps.longestMs);
  }

  active(): number {
    return this.#jobs.size;
  }

  unended(): number {
    return this.#unended.size;
  }

  /** Returns at once; with Redis out of reach, jobs are taken as soon as it is back. */
  async start(): Promise<void> {
    this.#isWanted = true;
    await this.#stopping;
    if (this.#running !== undefined || !this.#isWanted) return;
    this.#handBack = false;
    this.#progress();
    const blocking = this.#deps.connect();
    blocking.on('error', (error) => this.#problem(error));
    const worker = this.#worker(blocking);
    this.#running = { worker, blocking };
    worker.on('error', (error) => this.#problem(error));
    worker.on('locksRenewed', ({ jobIds }) => this.#renewed(jobIds));
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#jobs.get(id)?.abort('lost');
    });
    this.#watchLocks();
    worker.run().catch((error: unknown) => this.#problem(error));
  }

  async stop(deadline: number): Promise<void> {
    this.#isWanted = false;
    const running = this.#running;
    if (running !== undefined) {
      this.#running = undefined;
      this.#stopping = this.#stop(running, deadline).finally(() => {
        this.#stopping = undefined;
      });
    }
    await this.#stopping;
  }

  async #stop({ worker, blocking }: Running, deadline: number): Promise<void> {
    const { clock, grace } = this.#deps;
    const left = Math.max(0, deadline - clock.now());
    const patience = Math.max(left / 2, left - HAND_BACK_MS);
    const timers = [
      clock.after(Math.min(grace, Math.max(patience / 2, patience - RELEASE_MS)), () =>
        this.#abortAll('stopping'),
      ),
      clock.after(patience, () => {
        for (const active of this.#jobs.values()) active.release();
      }),
    ];
    const closed = Promise.all([worker.close(), endClient(blocking)]).catch((error) => this.#problem(error));
    await settleBy(clock, deadline, closed);
    this.#watch?.cancel();
    for (const timer of timers) timer.cancel();
    this.#abortAll('stopping');
  }

  #worker(blocking: Redis): Worker {
    const { lane, concurrency, commands: redis, prefix, clock, hostClock, lock } = this.#deps;
    // New ones: what an earlier worker left behind frees its own.
    const slots = new JobSlots(concurrency, () => clock.elapsed());
    this.#slots = slots;
    const onFetched = () => this.#progress();
    const taker = new JobTaker({ redis, lane, prefix, lock, slots, hostClock, onFetched });
    const worker = new Worker(
      lane,
      (job, token = '') => this.#process(job, token, taker),
      {
        connection: redis,
        prefix,
        concurrency: slots.total,
        autorun: false,
        lockDuration: lock,
        stalledInterval: this.#deps.stalledCheck,
        maxStalledCount: DEATHS_ALLOWED,
        drainDelay: IDLE_POLL_S,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: FAILED_KEPT },
        metrics: { maxDataPoints: METRICS_POINTS },
        settings: { backoffStrategy: (attempt) => backoffMs(attempt, this.#deps.backoff, this.#deps.random) },
      },
      consumerBackend({ commands: redis, blocking }, prefix, clock, taker),
    );
    // A job whose workers died too often is ended by BullMQ itself, once it was taken, and is never processed.
    worker.on('failed', (job) => this.#free(taker, job?.token));
    worker.on('failed', (job) => this.#unended.delete(String(job?.id)));
    worker.on('completed', (job) => this.#unended.delete(String(job.id)));
    return worker;
  }

  #free(taker: JobTaker, token: string | undefined): void {
    if (token !== undefined) taker.free(token).catch((error: unknown) => this.#problem(error));
  }

  async #process(job: Job, token: string, taker: JobTaker): Promise<void> {
    const id = String(job.id);
    const active = new ActiveJob(this.#deps.clock.elapsed());
    if (this.#handBack) active.abort('stopping');
    // In hand already: its lock was lost, which nothing else has noticed yet.
    this.#jobs.get(id)?.abort('lost');
    this.#jobs.set(id, active);
    this.#unended.set(id, active);
    try {
      const ending = await reported(job, active, { ...this.#deps, readyAt: taker.readyAt(token) }, () =>
        this.#deps.handler(this.#delivery(job, active)),
      );
      if (active.releasedFor === 'lost') throw new WaitingError();
      await this.#settle(job, token, ending);
    } catch (error) {
      throw error instanceof Error ? error : new Error(messageOf(error));
    } finally {
      if (this.#jobs.get(id) === active) this.#jobs.delete(id);
      this.#free(taker, token);
      this.#progress();
    }
  }

  #delivery(job: Job, active: ActiveJob): Delivery {
    return {
      id: String(job.id),
      lane: this.#deps.lane,
      kind: job.name,
      payload: job.data,
      attempt: job.attemptsMade + 1,
      lastAttempt: lastAttempt(job),
      signal: active.signal,
    };
  }

  /**
   * Expresses an ending in BullMQ's way: the job is moved, and an error that stands for "has been moved" is thrown. A move that
   * fails leaves the job where it is; its lock then runs out, and it is taken up again.
   */
  async #settle(job: Job, token: string, ending: Ending): Promise<void> {
    if (ending.kind === 'done') return;
    if (ending.kind === 'abandoned') throw new UnrecoverableError(ending.reason);
    try {
      if (ending.kind === 'later') await job.moveToDelayed(this.#onHost(ending.at), token);
      else await job.moveToWait(token);
    } catch (error) {
      this.#problem(error);
      throw new WaitingError();
    }
    this.#unended.delete(String(job.id));
    throw ending.kind === 'later' ? new DelayedError() : new WaitingError();
  }

  /** BullMQ compares delays with the clock of the host. */
  #onHost(at: number): number {
    const { clock, hostClock } = this.#deps;
    return hostClock.now() + (at - clock.now());
  }

  #abortAll(why: ReleaseReason): void {
    this.#handBack = true;
    for (const active of this.#jobs.values()) active.abort(why);
  }

  #renewed(ids: readonly string[]): void {
    const now = this.#deps.clock.elapsed();
    for (const id of ids) {
      const active = this.#jobs.get(id);
      if (active !== undefined) active.renewedAt = now;
    }
  }

  /**
   * Releases jobs whose lock cannot be ours any more. BullMQ says so when Redis refuses to renew one; a worker that is
   * cut off from Redis hears nothing, while others, who are not, take its jobs up.
   */
  #watchLocks(): void {
    const { clock, lock } = this.#deps;
    this.#watch = clock.after(lock / 4, () => {
      const now = clock.elapsed();
      for (const [id, active] of this.#unended) {
        if (now - active.renewedAt <= lock) continue;
        active.abort('lost');
        // Others have taken it up by now.
        if (this.#jobs.get(id) !== active) this.#unended.delete(id);
      }
      this.#watchLocks();
    });
  }

  #progress(): void {
    this.#progressAt = this.#deps.clock.elapsed();
  }

  #problem(error: unknown): void {
    this.#deps.problems.report(`queue ${this.#deps.lane}`, error);
  }
}
