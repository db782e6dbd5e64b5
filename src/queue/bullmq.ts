import { Job, type JobsOptions, type Queue as Lane } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock, Random } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { isLaneName } from '../core/lane-name.ts';
import type { Place } from '../core/place.ts';
import { traceparentOf } from '../core/traceparent.ts';
import type { Backoff } from '../flow/backoff.ts';
import { redisKeys } from '../redis/keys.ts';
import { membersAfter } from '../redis/members-after.ts';
import { reply } from '../redis/reply.ts';
import { slices } from '../redis/slices.ts';
import { endClient } from './bullmq-backend.ts';
import { BullConsumer } from './bullmq-consumer.ts';
import { BullLanes } from './bullmq-lanes.ts';
import { countsOf, lastScoreOf, markReady, oldestOf } from './bullmq-looks.ts';
import { Problems, queueAnswer } from './bullmq-problems.ts';
import {
  CONTROL_LANE,
  type Consumer,
  type FailedJob,
  type Handler,
  type LaneCounts,
  type Queue,
  type QueuedJob,
} from './queue.ts';

/** Jobs per pipeline: it bounds how long Redis serves no other client. */
const SLICE = 500;
/** BullMQ's highest number, and lowest priority. */
const LOWEST_PRIORITY = 2 ** 21 - 1;
/** Plans over slow lists, sweeps of full tiers: no calls to an origin show that they get on. In ms. */
const LONGEST_CONTROL_JOB_MS = 30 * 60_000;

export interface BullQueueDeps {
  /**
   * Makes a new client with `maxRetriesPerRequest: null` and without `commandTimeout` or `keyPrefix`. The queue closes
   * what it made.
   */
  readonly connect: () => Redis;
  /** For adding and asking; left open. How long an `add` waits for a server that is down is up to its options. */
  readonly redis: Redis;
  /** Before every key, such as `fw`; without braces. */
  readonly prefix: string;
  readonly clock: Clock;
  /** The clock that BullMQ goes by: that of this host. */
  readonly hostClock: Clock;
  readonly events: Events;
  readonly random: Random;
  /** How often a job is tried before it becomes a dead letter. */
  readonly attempts: number;
  /** The waits between two tries. */
  readonly backoff: Backoff;
  /** A job whose lock is not renewed this long is taken up by another worker, in ms. */
  readonly lock: number;
  /** How often such jobs are looked for, in ms. */
  readonly stalledCheck: number;
  /** How long handlers may go on once their consumer stops, in ms. */
  readonly grace: number;
}

/**
 * The queue on BullMQ: one BullMQ queue per lane, and all keys of a lane in one slot of a cluster. A job that ended well
 * leaves no trace, so its id is free again; one that failed for good stays as a dead letter until it is redriven, or
 * work of the same id is added and takes its place.
 *
 * Every method rejects with `E_REDIS_UNAVAILABLE` when Redis fails.
 */
export class BullQueue implements Queue {
  readonly #deps: BullQueueDeps;
  readonly #problems: Problems;
  readonly #lanes: BullLanes;
  readonly #consumers: BullConsumer[] = [];
  #commands: Redis | undefined;

  constructor(deps: BullQueueDeps) {
    this.#deps = deps;
    this.#problems = new Problems(deps.clock, deps.events);
    const prefixOf = (name: string) => this.#prefix(name);
    this.#lanes = new BullLanes({ ...deps, problems: this.#problems, prefixOf });
  }

  async add(jobs: readonly QueuedJob[]): Promise<void> {
    const byLane = new Map<string, QueuedJob[]>();
    for (const job of jobs) {
      check(job);
      const known = byLane.get(job.lane);
      if (known === undefined) byLane.set(job.lane, [job]);
      else known.push(job);
    }
    if (byLane.size > 0)
      await reply(this.#deps.redis.sadd(redisKeys(this.#deps.prefix).lanes(), ...byLane.keys()));
    for (const [lane, all] of byLane) {
      for (const slice of slices(all, SLICE)) await queueAnswer(lane, this.#addSlice(lane, slice));
    }
  }

  async #addSlice(name: string, slice: readonly QueuedJob[]): Promise<void> {
    const lane = await this.#lanes.greeted(name, 'add');
    const ids = slice.map(({ id }) => id);
    const failed = await this.#deps.redis.zmscore(lane.toKey('failed'), ...ids);
    await Promise.all(ids.filter((_, i) => (failed[i] ?? null) !== null).map((id) => lane.remove(id)));
    await lane.addBulk(
      slice.map((job) => ({ name: job.kind, data: job.payload, opts: this.#jobOptions(job) })),
    );
  }

  #jobOptions({ id, priority, delayMs }: QueuedJob): JobsOptions {
    const { attempts, events } = this.#deps;
    const trace = events.tracer.current();
    // A field of BullMQ's own, which workers of every version pass over.
    const telemetry = trace && { telemetry: { metadata: traceparentOf(trace) } };
    return { jobId: id, priority, delay: delayMs, attempts, backoff: { type: 'jitter' }, ...telemetry };
  }

  consume(lane: string, concurrency: number, handler: Handler): Consumer {
    const consumer = new BullConsumer({
      ...this.#deps,
      longestMs: lane === CONTROL_LANE ? LONGEST_CONTROL_JOB_MS : 0,
      lane,
      concurrency,
      handler,
      commands: this.#commandsClient(),
      prefix: this.#prefix(lane),
      problems: this.#problems,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  async pending(lane: string, id: string): Promise<boolean> {
    const state = await this.#ask(lane, (asked) => asked.getJobState(id));
    return state !== 'unknown' && state !== 'failed' && state !== 'completed';
  }

  /** What is due counts as waiting, also while no worker runs that would move it. */
  async counts(lane: string): Promise<LaneCounts> {
    const { hostClock, redis } = this.#deps;
    return this.#ask(lane, (asked) => countsOf(redis, asked, hostClock.now()));
  }

  async lanes(): Promise<readonly string[]> {
    const names = await reply(this.#deps.redis.smembers(redisKeys(this.#deps.prefix).lanes()));
    return names.filter(isLaneName);
  }

  async oldest(lane: string): Promise<number | undefined> {
    const { hostClock, redis } = this.#deps;
    return this.#ask(lane, (asked) => oldestOf(redis, asked, hostClock.now()));
  }

  async dueBy(lane: string, at: number): Promise<number> {
    const { clock, hostClock, redis } = this.#deps;
    const now = hostClock.now();
    const end = lastScoreOf(now + (at - clock.now()));
    return this.#ask(lane, (asked) => redis.zcount(asked.toKey('delayed'), `(${lastScoreOf(now)}`, end));
  }

  /** The dead letters, newest first: by their times, which BullMQ takes from the host of the worker. */
  async failed(lane: string, limit: number, after?: Place): Promise<FailedJob[]> {
    const all: FailedJob[] = [];
    let last = after;
    while (all.length < limit) {
      const asked = Math.min(limit - all.length, SLICE);
      const page = await this.#ask(lane, (of) => failedAfter(this.#deps.redis, of, lane, asked, last));
      all.push(...page.jobs);
      if (page.last === undefined) break;
      last = page.last;
    }
    return all;
  }

  async redrive(lane: string, ids: readonly string[]): Promise<number> {
    let redriven = 0;
    for (const slice of slices(ids, SLICE)) {
      const answers = await this.#ask(lane, (asked) =>
        Promise.all(slice.map((id) => redriveOne(this.#deps, asked, id))),
      );
      redriven += answers.filter(Boolean).length;
    }
    return redriven;
  }

  /** BullMQ's own queue of a lane, for looking. */
  lookedAt(lane: string): Promise<Lane> {
    return this.#ask(lane, async (found) => found);
  }

  async #ask<T>(name: string, ask: (lane: Lane) => Promise<T>): Promise<T> {
    return queueAnswer(name, this.#lanes.greeted(name, 'ask').then(ask));
  }

  /** Stops the consumers that still run, and closes every connection that the queue made. */
  async close(): Promise<void> {
    const deadline = this.#deps.clock.now() + this.#deps.grace;
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(deadline)));
    await this.#lanes.close();
    if (this.#commands !== undefined) await endClient(this.#commands);
    this.#commands = undefined;
  }

  #commandsClient(): Redis {
    if (this.#commands === undefined) {
      this.#commands = this.#deps.connect();
      this.#commands.on('error', (error) => this.#problems.report('queue', error));
    }
    return this.#commands;
  }

  #prefix(lane: string): string {
    checkLane(lane);
    return redisKeys(this.#deps.prefix).lane(lane);
  }
}

/** One command moves the job, so that it is in one of both lists at any time. It waits from now on, and not since it was added. */
async function redriveOne({ redis, hostClock }: BullQueueDeps, lane: Lane, id: string): Promise<boolean> {
  const job = await Job.fromId(lane, id);
  if (job === undefined || !(await job.isFailed())) return false;
  await markReady(redis, lane, id, hostClock.now());
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    // Another caller was first, or the command was sent twice.
    if (await job.isFailed()) throw error;
  }
  return true;
}

/** A job that was removed meanwhile is left out; `last` is undefined once there are no more. */
async function failedAfter(
  redis: Redis,
  of: Lane,
  lane: string,
  limit: number,
  after: Place | undefined,
): Promise<{ jobs: FailedJob[]; last: Place | undefined }> {
  const found = await membersAfter(redis, of.toKey('failed'), limit, after);
  const jobs = await Promise.all(found.map(({ id }) => Job.fromId(of, id)));
  return {
    jobs: jobs.flatMap((job, i) => (job === undefined ? [] : [failedJob(lane, job, found[i]?.at ?? 0)])),
    last: found.length < limit ? undefined : found.at(-1),
  };
}

function failedJob(lane: string, job: Job, failedAt: number): FailedJob {
  return {
    id: String(job.id),
    lane,
    kind: job.name,
    payload: job.data,
    reason: job.failedReason ?? '',
    failedAt,
    attempts: job.attemptsMade,
  };
}

function checkLane(lane: string): void {
  if (isLaneName(lane)) return;
  const message = `"${lane}" cannot name a lane; use letters, digits, "_", "-" and "."`;
  throw new ForewarmError('E_INTERNAL', message);
}

function check({ id, priority, delayMs, kind }: QueuedJob): void {
  const wrong =
    id === '' || id.includes(':') || /^\d+$/.test(id)
      ? `its id may hold no colon and not be all digits`
      : !Number.isInteger(priority) || priority < 1 || priority > LOWEST_PRIORITY
        ? `its priority ${priority} is not a whole number from 1 to ${LOWEST_PRIORITY}`
        : !Number.isSafeInteger(delayMs) || delayMs < 0
          ? `its delay of ${delayMs} ms is not a whole number from 0`
          : undefined;
  if (wrong !== undefined)
    throw new ForewarmError('E_INTERNAL', `cannot queue ${kind} job "${id}": ${wrong}`);
}
