import type { Redis } from 'ioredis';
import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { ledgerKey } from '../redis/stamp.ts';
import type { Ledger, LedgerState, Limits, Permit } from './ledger.ts';
import { type Exchange, type Grant, PermitQueue } from './permit-queue.ts';
import { EXCHANGE, PAUSE, STAMP } from './redis-ledger-scripts.ts';
import { ledgerState, totalsText } from './redis-ledger-state.ts';

/** How far into the future one exchange grants scheduled starts, in ms. */
const HORIZON_MS = 50;
/** Beside the ledger itself, in the order in which the script takes them. */
const HASHES = ['holders', 'limits', 'calls'] as const;

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
  readonly #queues = new Map<string, PermitQueue>();

  constructor(deps: RedisLedgerDeps) {
    this.#deps = deps;
    deps.redis.defineCommand('forewarmExchange', { numberOfKeys: 4, lua: EXCHANGE });
    deps.redis.defineCommand('forewarmStamp', { numberOfKeys: 1, lua: STAMP });
    deps.redis.defineCommand('forewarmPause', { numberOfKeys: 1, lua: PAUSE });
  }

  permit(origin: string, signal: AbortSignal): Promise<Permit> {
    return this.#queueOf(origin).permit(signal);
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    await this.#call('forewarmPause', this.#ledgerKey(origin), Math.ceil(until), reason);
    this.#queues.get(origin)?.paused();
    this.#deps.events.emit('budget:pause', { origin, until, reason });
  }

  async stamp(origin: string): Promise<number> {
    return Number(await this.#call('forewarmStamp', this.#ledgerKey(origin)));
  }

  async state(origin: string): Promise<LedgerState> {
    const { redis, clock } = this.#deps;
    const [holders, limits, calls, [pausedUntil, reason]] = await Promise.all([
      redis.hvals(this.#key(origin, 'holders')),
      redis.hgetall(this.#key(origin, 'limits')),
      redis.hvals(this.#key(origin, 'calls')),
      redis.hmget(this.#ledgerKey(origin), 'pausedUntil', 'reason'),
    ]);
    const hashes = { holders, limits, calls, pausedUntil, reason };
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
    const { holder, leaseMs } = this.#deps;
    const { concurrency, intervalMs } = limits;
    const keys = [this.#ledgerKey(origin), ...HASHES.map((what) => this.#key(origin, what))];
    const own = [concurrency, Math.round(intervalMs * 1_000)];
    const args = [holder, inUse, want, ...own, HORIZON_MS * 1_000, leaseMs, totalsText(calls)];
    const [granted, stamp, firstIn, waitMs, pausedUntil, pauseReason, waiting, reached, interval] =
      // The script's last line.
      (await this.#call('forewarmExchange', ...keys, ...args)) as ExchangeReply;
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

  #key(origin: string, what: (typeof HASHES)[number]): string {
    return `${this.#deps.prefix}:{o:${origin}}:${what}`;
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
