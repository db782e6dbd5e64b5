import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { TickCoordinator } from './scheduler.ts';

/** How long it is remembered that a tick was enqueued, in ms: far longer than any two clocks are apart. */
const REMEMBERED_MS = 3_600_000;
/** How often a process asks whether the elected one has enqueued the tick, in ms. */
const ASK_EVERY_MS = 250;
/** How long a tick waits for a Redis that is away, in ms. After that it counts as missed. */
const PATIENCE_MS = 300_000;
/** What is written in place of the elected process's name once the tick is enqueued. */
const ENQUEUED = 'enqueued';

/** KEYS the tick. ARGV this process. Withdraws this process's own election, and nothing else. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;

export interface RedisCoordinatorDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * Lets one of any number of schedulers enqueue a tick: the one that writes its name under the tick's key first.
 *
 *     nothing ──shouldRun──> elected: NAME ──onComplete──> enqueued (one hour)
 *        ^                     │
 *        └──release, or the lease ends: NAME died──┘
 *
 * The others wait until the tick is enqueued, so that it is not lost with a process that dies in between; and while Redis
 * is away, all of them wait. To return `true` when in doubt would be wrong, although jobs are deduplicated by id: a tick's
 * job may have ended, and its id be free again, before the second one arrives. Each step may reach Redis twice, as it
 * does when a reply is lost: a process recognises its own name.
 *
 * What remains: a process that stands still between its election and enqueuing, for longer than the lease, enqueues the
 * tick a second time. Ids derived from the tick keep that harmless.
 */
export class RedisCoordinator implements TickCoordinator {
  readonly #deps: RedisCoordinatorDeps;
  readonly #name = randomUUID();

  constructor(deps: RedisCoordinatorDeps) {
    this.#deps = deps;
  }

  /**
   * Whether this process is to enqueue the tick. Rejects with the signal's reason, and with `E_REDIS_UNAVAILABLE` after
   * five minutes without an answer.
   */
  async shouldRun(key: string, leaseMs: number, signal?: AbortSignal): Promise<boolean> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const timer = clock.after(PATIENCE_MS, () => patience.abort(noElection(key)));
    const over = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(over.reason);
    over.addEventListener('abort', abort);
    if (over.aborted) abort();
    try {
      return await Promise.race([this.#elect(key, leaseMs, over), aborted.promise]);
    } finally {
      over.removeEventListener('abort', abort);
      timer.cancel();
    }
  }

  /** The tick is enqueued: no other process does it. */
  async onComplete(key: string): Promise<void> {
    await this.#deps.redis.set(this.#key(key), ENQUEUED, 'PX', REMEMBERED_MS);
  }

  async release(key: string): Promise<void> {
    await this.#deps.redis.eval(RELEASE, 1, this.#key(key), this.#name);
  }

  async #elect(key: string, leaseMs: number, over: AbortSignal): Promise<boolean> {
    for (;;) {
      over.throwIfAborted();
      const owner = await this.#elected(key, leaseMs);
      if (over.aborted && owner === this.#name) await this.release(key);
      over.throwIfAborted();
      if (owner === this.#name) return true;
      if (owner === ENQUEUED) return false;
      await sleep(this.#deps.clock, ASK_EVERY_MS, over);
    }
  }

  /** Who is elected, once this process has tried to be; undefined when that is not known. */
  async #elected(key: string, leaseMs: number): Promise<unknown> {
    const { redis, events } = this.#deps;
    const tick = this.#key(key);
    const [, got] =
      (await redis
        .pipeline()
        .set(tick, this.#name, 'PX', leaseMs, 'NX')
        .get(tick)
        .exec()
        .catch((error: unknown) => {
          events.emit('problem', { where: `election for tick ${key}`, error });
          return null;
        })) ?? [];
    return got?.[1];
  }

  #key(key: string): string {
    return `${this.#deps.prefix}:tick:${key}`;
  }
}

function noElection(key: string): ForewarmError {
  return new ForewarmError(
    'E_REDIS_UNAVAILABLE',
    `no scheduler could be elected for the tick ${key} within ${PATIENCE_MS / 1_000} s; check \`redis.jobs\``,
  );
}
