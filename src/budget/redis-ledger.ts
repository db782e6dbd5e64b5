import type { Redis } from 'ioredis';
import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { ledgerKey } from '../redis/stamp.ts';
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
  readonly #desks = new Map<string, PermitQueue>();

  constructor(deps: RedisLedgerDeps) {
    this.#deps = deps;
    deps.redis.defineCommand('forewarmExchange', { numberOfKeys: 2, lua: EXCHANGE });
    deps.redis.defineCommand('forewarmStamp', { numberOfKeys: 1, lua: STAMP });
    deps.redis.defineCommand('forewarmPause', { numberOfKeys: 1, lua: PAUSE });
  }

  permit(origin: string, signal: AbortSignal): Promise<Permit> {
    return this.#desk(origin).permit(signal);
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    await this.#call('forewarmPause', this.#ledgerKey(origin), Math.ceil(until), reason);
    this.#desks.get(origin)?.paused();
    this.#deps.events.emit('budget:pause', { origin, until, reason });
  }

  async stamp(origin: string): Promise<number> {
    return Number(await this.#call('forewarmStamp', this.#ledgerKey(origin)));
  }

  async state(origin: string): Promise<LedgerState> {
    const { redis, clock } = this.#deps;
    const [holders, [pausedUntil, reason]] = await Promise.all([
      redis.hvals(this.#holdersKey(origin)),
      redis.hmget(this.#ledgerKey(origin), 'pausedUntil', 'reason'),
    ]);
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
    const { holder, leaseMs } = this.#deps;
    const interval = Math.ceil(intervalOf(budget) * 1_000);
    // The shape of the answer is the script's last line.
    const reply = (await this.#call(
      'forewarmExchange',
      this.#ledgerKey(origin),
      this.#holdersKey(origin),
      holder,
      inUse,
      want,
      budget.concurrency,
      interval,
      HORIZON_MS * 1_000,
      leaseMs,
    )) as [number, string, number, number, string, string, number, number];
    const [granted, stamp, firstIn, waitMs, pausedUntil, pauseReason, hungry, slots] = reply;
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

  /** Calls a command that the constructor defined; ioredis adds those to the client without a type. */
  async #call(command: string, ...args: (string | number)[]): Promise<unknown> {
    const { redis } = this.#deps;
    const method: unknown = Reflect.get(redis, command);
    if (typeof method !== 'function') throw new ForewarmError('E_INTERNAL', `${command} is not defined`);
    return Reflect.apply(method, redis, args);
  }

  #ledgerKey(origin: string): string {
    return ledgerKey(this.#deps.prefix, origin);
  }

  #holdersKey(origin: string): string {
    return `${this.#deps.prefix}:{o:${origin}}:holders`;
  }
}
