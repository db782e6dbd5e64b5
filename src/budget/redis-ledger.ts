import type { Redis } from 'ioredis';
import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import type { Ledger, LedgerState, Permit } from './ledger.ts';
import { type Grant, PermitQueue } from './permit-queue.ts';
import { EXCHANGE, PAUSE, STAMP } from './redis-ledger-scripts.ts';

/** How far into the future one exchange hands out paced starts, in ms. */
const HORIZON_MS = 50;

export interface RedisLedgerDeps {
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process among the holders; unique. */
  readonly holder: string;
  readonly clock: Clock;
  readonly events: Events;
  readonly budgets: ReadonlyMap<string, Budget>;
  /** Longer than any call to an origin may last: then a lease never ends under a call. */
  readonly leaseMs: number;
  readonly patienceMs: number;
}

/** The budget ledger on the jobs Redis: one round trip takes many permits, gives back others, and brings the stamp. */
export class RedisLedger implements Ledger {
  readonly #deps: RedisLedgerDeps;
  readonly #keys: RedisKeys;
  readonly #desks = new Map<string, PermitQueue>();

  constructor(deps: RedisLedgerDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  permit(origin: string, signal: AbortSignal): Promise<Permit> {
    return this.#desk(origin).permit(signal);
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    const { redis, events } = this.#deps;
    await reply(runScript(redis, PAUSE, [this.#keys.ledger(origin)], [Math.ceil(until), reason]));
    this.#desks.get(origin)?.paused();
    events.emit('budget:pause', { origin, until, reason });
  }

  async stamp(origin: string): Promise<number> {
    return Number(await reply(runScript(this.#deps.redis, STAMP, [this.#keys.ledger(origin)], [])));
  }

  async state(origin: string): Promise<LedgerState> {
    const { redis, clock } = this.#deps;
    const [holders, [pausedUntil, reason]] = await reply(
      Promise.all([
        redis.hvals(this.#keys.holders(origin)),
        redis.hmget(this.#keys.ledger(origin), 'pausedUntil', 'reason'),
      ]),
    );
    const now = clock.now();
    const live = holders
      .map((text) => text.split(' ').map(Number))
      .filter(([, expires = 0]) => expires >= now);
    const paused = Number(pausedUntil ?? 0);
    return {
      origin,
      inFlight: live.reduce((sum, [inUse = 0]) => sum + inUse, 0),
      processes: live.length,
      pausedUntil: paused > now ? paused : 0,
      pauseReason: paused > now ? (reason ?? '') : '',
    };
  }

  async close(): Promise<void> {
    const closed = new ForewarmError(
      'E_TIER_CLOSED',
      'the budget ledger is closed: this process is stopping',
    );
    await Promise.all([...this.#desks.values()].map((desk) => desk.close(closed)));
    this.#desks.clear();
  }

  #desk(origin: string): PermitQueue {
    const known = this.#desks.get(origin);
    if (known !== undefined) return known;
    const { budgets, clock, leaseMs, patienceMs } = this.#deps;
    const budget = budgets.get(origin);
    if (budget === undefined) throw new ForewarmError('E_INTERNAL', `origin "${origin}" has no budget`);
    const exchange = (inUse: number, want: number) => this.#exchange(origin, budget, inUse, want);
    const desk = new PermitQueue({ origin, budget, clock, exchange, leaseMs, patienceMs });
    this.#desks.set(origin, desk);
    return desk;
  }

  async #exchange(origin: string, budget: Budget, inUse: number, want: number): Promise<Grant> {
    const { redis, holder, leaseMs } = this.#deps;
    const interval = Math.ceil(intervalOf(budget) * 1_000);
    const keys = [this.#keys.ledger(origin), this.#keys.holders(origin)];
    const args = [holder, inUse, want, budget.concurrency, interval, HORIZON_MS * 1_000, leaseMs];
    const [granted, stamp, firstIn, waitMs, pausedUntil, pauseReason, hungry, slots] =
      // The script's last line.
      (await reply(runScript(redis, EXCHANGE, keys, args))) as ExchangeReply;
    return {
      granted,
      stamp: Number(stamp),
      firstInMs: firstIn / 1_000,
      waitMs,
      pausedUntil: Number(pausedUntil),
      pauseReason,
      hungryOthers: hungry > 0,
      slotsTaken: slots > 0,
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
  hungry: number,
  slots: number,
];
