import type { Redis } from 'ioredis';
import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { offErrand } from '../flow/errand.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import type { Ledger, LedgerState, Limits, Permit } from './ledger.ts';
import { type Exchange, type Grant, PermitQueue } from './permit-queue.ts';
import { EXCHANGE, PAUSE, STAMP } from './redis-ledger-scripts.ts';
import { ledgerState, totalsText } from './redis-ledger-state.ts';

/** How far into the future one exchange grants scheduled starts, in ms. */
const HORIZON_MS = 50;

export interface RedisLedgerDeps {
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process among the holders; unique. */
  readonly holder: string;
  readonly clock: Clock;
  readonly events: Events;
  /** What this process has configured; of several processes' the strictest holds. */
  readonly budgets: ReadonlyMap<string, Budget>;
  /** Longer than any call to an origin may last: then a lease never ends under a call. */
  readonly leaseMs: number;
  readonly patienceMs: number;
}

/** The budget ledger on the jobs Redis: one round trip takes many permits, gives back others, and brings the stamp. */
export class RedisLedger implements Ledger {
  readonly #deps: RedisLedgerDeps;
  readonly #keys: RedisKeys;
  readonly #queues = new Map<string, PermitQueue>();

  constructor(deps: RedisLedgerDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  permit(origin: string, signal: AbortSignal): Promise<Permit> {
    // Permits are taken and renewed for whoever waits for one, by one exchange.
    return offErrand(() => this.#queueOf(origin).permit(signal));
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    const { redis, events, holder } = this.#deps;
    await reply(runScript(redis, PAUSE, [this.#keys.ledger(origin)], [Math.ceil(until), reason, holder]));
    this.#queues.get(origin)?.paused();
    events.emit('budget:pause', { origin, until, reason });
  }

  async stamp(origin: string): Promise<number> {
    return Number(await reply(runScript(this.#deps.redis, STAMP, [this.#keys.ledger(origin)], [])));
  }

  async state(origin: string): Promise<LedgerState> {
    const { redis, clock } = this.#deps;
    const [holders, limits, calls, [pausedUntil, reason, by]] = await reply(
      Promise.all([
        redis.hvals(this.#keys.holders(origin)),
        redis.hgetall(this.#keys.limits(origin)),
        redis.hvals(this.#keys.calls(origin)),
        redis.hmget(this.#keys.ledger(origin), 'pausedUntil', 'reason', 'by'),
      ]),
    );
    const hashes = { holders, limits, calls, pausedUntil, reason, by };
    return ledgerState(origin, hashes, this.#limitsOf(origin), clock.now());
  }

  async close(): Promise<void> {
    const closed = new ForewarmError(
      'E_TIER_CLOSED',
      'the budget ledger is closed: this process is stopping',
    );
    await Promise.all([...this.#queues.values()].map((queue) => queue.close(closed)));
    this.#queues.clear();
  }

  #queueOf(origin: string): PermitQueue {
    const known = this.#queues.get(origin);
    if (known !== undefined) return known;
    const { clock, leaseMs, patienceMs } = this.#deps;
    const limits = this.#limitsOf(origin);
    const exchange = (asked: Exchange) => this.#exchange(origin, limits, asked);
    const queue = new PermitQueue({ origin, clock, exchange, leaseMs, patienceMs });
    this.#queues.set(origin, queue);
    return queue;
  }

  /** What this process has configured, as the ledger reckons. */
  #limitsOf(origin: string): Limits {
    const budget = this.#deps.budgets.get(origin);
    if (budget === undefined) throw new ForewarmError('E_INTERNAL', `origin "${origin}" has no budget`);
    return { concurrency: budget.concurrency, intervalMs: Math.ceil(intervalOf(budget) * 1_000) / 1_000 };
  }

  async #exchange(origin: string, limits: Limits, { inUse, want, calls }: Exchange): Promise<Grant> {
    const { redis, holder, leaseMs } = this.#deps;
    const { concurrency, intervalMs } = limits;
    const of = this.#keys;
    const keys = [of.ledger(origin), of.holders(origin), of.limits(origin), of.calls(origin)];
    const own = [concurrency, Math.round(intervalMs * 1_000)];
    const args = [holder, inUse, want, ...own, HORIZON_MS * 1_000, leaseMs, totalsText(calls)];
    const [granted, stamp, firstIn, waitMs, pausedUntil, pauseReason, waiting, reached, interval] =
      // The script's last line.
      (await reply(runScript(redis, EXCHANGE, keys, args))) as ExchangeReply;
    return {
      granted,
      stamp: Number(stamp),
      intervalMs: interval / 1_000,
      firstInMs: firstIn / 1_000,
      waitMs,
      pausedUntil: Number(pausedUntil),
      pauseReason,
      othersWait: waiting > 0,
      concurrencyReached: reached > 0,
    };
  }
}

type ExchangeReply = [
  granted: number,
  stamp: string,
  firstIn: number,
  waitMs: number,
  pausedUntil: string,
  pauseReason: string,
  othersWaiting: number,
  concurrencyReached: number,
  interval: number,
];
