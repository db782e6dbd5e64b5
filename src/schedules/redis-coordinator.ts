import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import type { TickCoordinator } from './scheduler.ts';

/** How long it is remembered that a tick was enqueued, in ms: far longer than any two clocks are apart. */
const REMEMBERED_MS = 3_600_000;
/** How often a process asks whether the one that claimed a tick has enqueued it, in ms. */
const ASK_EVERY_MS = 250;
/** How long a tick waits for a Redis that is away, in ms. After that it counts as missed. */
const PATIENCE_MS = 300_000;
/** What is written in place of the claimant's name once the tick is enqueued. */
const ENQUEUED = 'enqueued';

/** KEYS the tick. ARGV the claimant, ms. Claims a tick that has no owner; returns the owner, who may be the claimant from before. */
const CLAIM = script(
  1,
  `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
return redis.call('GET', KEYS[1])
`,
);

/** KEYS the tick. ARGV the claimant. Takes back a claim of one's own, and nothing else. */
const RELEASE = script(
  1,
  `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`,
);

export interface RedisCoordinatorDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * Lets one of any number of schedulers enqueue a tick: the one that writes its name under the tick's key first.
 *
 *     nothing ──claim──> claimed by NAME ──onComplete──> enqueued (one hour)
 *        ^                     │
 *        └──release, or the lease ends: NAME died──┘
 *
 * The others wait until the tick is enqueued, so that it is not lost with a process that dies in between; and while Redis
 * is away, everybody waits. To answer `true` when in doubt would be wrong, although jobs are deduplicated by id: a tick's
 * job may have ended, and its id be free again, before the second one arrives. Each step may reach Redis twice, as it
 * does when a reply is lost: a claim of one's own is recognised.
 *
 * What remains: a process that stands still between its claim and its enqueuing for longer than the lease enqueues the
 * tick a second time. Who handles ticks keeps that harmless; a run is named by its tick.
 */
export class RedisCoordinator implements TickCoordinator {
  readonly #deps: RedisCoordinatorDeps;
  readonly #keys: RedisKeys;
  readonly #name = randomUUID();

  constructor(deps: RedisCoordinatorDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  /**
   * Whether this process is to enqueue the tick. Rejects with the signal's reason, and with `E_REDIS_UNAVAILABLE` after
   * five minutes without an answer.
   */
  async shouldRun(key: string, leaseMs: number, signal?: AbortSignal): Promise<boolean> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const timer = clock.after(PATIENCE_MS, () => patience.abort(nobodyAnswers(key)));
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

  /** The tick is enqueued: nobody else is to do it. */
  async onComplete(key: string): Promise<void> {
    await reply(this.#deps.redis.set(this.#key(key), ENQUEUED, 'PX', REMEMBERED_MS));
  }

  async release(key: string): Promise<void> {
    await reply(runScript(this.#deps.redis, RELEASE, [this.#key(key)], [this.#name]));
  }

  async #elect(key: string, leaseMs: number, over: AbortSignal): Promise<boolean> {
    for (;;) {
      over.throwIfAborted();
      const owner = await this.#claim(key, leaseMs);
      if (over.aborted && owner === this.#name) await this.release(key);
      over.throwIfAborted();
      if (owner === this.#name) return true;
      if (owner === ENQUEUED) return false;
      await sleep(this.#deps.clock, ASK_EVERY_MS, over);
    }
  }

  /** Who has the tick, once we have tried to have it; undefined when that is not known. */
  async #claim(key: string, leaseMs: number): Promise<unknown> {
    const { redis, events } = this.#deps;
    try {
      return await reply(runScript(redis, CLAIM, [this.#key(key)], [this.#name, leaseMs]));
    } catch (error) {
      events.emit('problem', { where: `claim of tick ${key}`, error });
      return undefined;
    }
  }

  #key(key: string): string {
    return this.#keys.tick(key);
  }
}

function nobodyAnswers(key: string): ForewarmError {
  return new ForewarmError(
    'E_REDIS_UNAVAILABLE',
    `no scheduler could claim the tick ${key} within ${PATIENCE_MS / 1_000} s; check \`redis.jobs\``,
  );
}
