/** Queues for tests: on the shared Redis or on one of the test's own, with short locks, closed when the test ends. */
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { BullQueue, type BullQueueDeps } from '../../src/queue/bullmq.ts';
import type { Consumer, Delivery, Ending, Handler, QueuedJob } from '../../src/queue/queue.ts';
import { EventLog } from '../support/event-log.ts';
import { uniquePrefix } from '../support/redis.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';

export const LANE = 'markets';
export const DONE: Ending = { kind: 'done' };

export interface Bench {
  readonly queue: BullQueue;
  readonly redis: Redis;
  readonly events: Events;
  readonly log: EventLog;
  readonly prefix: string;
  /** Every client that the queue asked for. */
  readonly made: Redis[];
  /** Starts a consumer of the lane; stopped when the test ends. */
  consume(handler: Handler, concurrency?: number): Promise<Consumer>;
}

export function setup(options: Partial<BullQueueDeps> & { readonly url?: string } = {}): Bench {
  const url = options.url ?? inject('redisUrl');
  const prefix = options.prefix ?? uniquePrefix();
  const events = new Events();
  const log = new EventLog(events, ['job:started', 'job:ended', 'problem']);
  const made: Redis[] = [];
  const connect = () => {
    const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    made.push(client);
    return client;
  };
  const redis = connect();
  redis.on('error', () => {});
  made.length = 0;
  const queue = new BullQueue({
    ...{ connect, redis, prefix, events, clock: systemClock, hostClock: systemClock, random: Math.random },
    ...{ attempts: 3, backoff: { base: 5, max: 20 }, lock: 5_000, stalledCheck: 500, grace: 300, ...options },
  });
  onTestFinished(async () => {
    await queue.close();
    redis.disconnect();
  });
  const consume = async (handler: Handler, concurrency = 1) => {
    const consumer = queue.consume(LANE, concurrency, handler);
    await consumer.start();
    return consumer;
  };
  return { queue, redis, events, log, prefix, made, consume };
}

export function envelope(id: string, more: Partial<QueuedJob> = {}): QueuedJob {
  return { id, lane: LANE, kind: 'refresh', payload: { id }, priority: 10, delayMs: 0, ...more };
}

/** A handler that gives each delivery to the test and answers what the test decides. */
export function byHand(): { handler: Handler; next(): Promise<InHand> } {
  const waiting: ((inHand: InHand) => void)[] = [];
  const arrived: InHand[] = [];
  const handler: Handler = (delivery) =>
    new Promise((resolve, reject) => {
      const inHand = { delivery, end: resolve, fail: reject };
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(inHand);
      else taker(inHand);
    });
  const next = () => {
    const first = arrived.shift();
    if (first !== undefined) return Promise.resolve(first);
    return within(TEST_PATIENCE, 'a delivery', new Promise<InHand>((resolve) => waiting.push(resolve)));
  };
  return { handler, next };
}

export interface InHand {
  readonly delivery: Delivery;
  end(ending: Ending): void;
  fail(error: unknown): void;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return within(
    TEST_PATIENCE,
    'an abort',
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    }),
  );
}

/** BullMQ's own key of this name, in the lane of the tests. */
export function laneKey(prefix: string, name: string): string {
  return `{${prefix}:q:${LANE}}:${LANE}:${name}`;
}

/** Asks again until the answer fits, for a bounded time: for states of Redis that no event announces. */
export async function eventually<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  ms = TEST_PATIENCE,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)} after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
