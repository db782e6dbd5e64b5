import type { Redis } from 'ioredis';
import {
  BUDGET_USERS,
  type Budget,
  type BudgetUser,
  countedWindows,
  intervalOf,
  RESERVE,
  roomOf,
} from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { offErrand } from '../flow/errand.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import type { Exchange, Grant } from './exchange.ts';
import type { Ledger, LedgerState, Limits, PauseCause, Permit, Quota } from './ledger.ts';
import { PermitQueue } from './permit-queue.ts';
import { EXCHANGE, PAUSE, STAMP } from './redis-ledger-scripts.ts';
import { ledgerHashes, ledgerState, throttledNumber, totalsText } from './redis-ledger-state.ts';
import { HORIZON_MS } from './redis-ledger-steps.ts';
import { RedisLimitKeeper } from './redis-limit-keeper.ts';
import { latestStart } from './scheduled-starts.ts';
import { windowUse } from './window-use.ts';

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

  permit(origin: string, signal: AbortSignal, user: BudgetUser = 'run'): Promise<Permit> {
    // Permits are taken and renewed for whoever waits for one, by one exchange.
    return offErrand(() => this.#queueOf(origin).permit(signal, user));
  }

  told(origin: string, quota: Quota): void {
    offErrand(() => this.#queueOf(origin).told(quota));
  }

  async pause(origin: string, until: number, reason: string, cause?: PauseCause): Promise<void> {
    const { redis, events, holder, clock } = this.#deps;
    const args = [Math.ceil(until), reason, holder, cause === 'outage' ? 1 : 0, Math.floor(clock.now())];
    await reply(runScript(redis, PAUSE, [this.#keys.ledger(origin)], args));
    this.#queues.get(origin)?.paused();
    events.emit('budget:pause', { origin, until, reason });
  }

  async stamp(origin: string): Promise<number> {
    return Number(await reply(runScript(this.#deps.redis, STAMP, [this.#keys.ledger(origin)], [])));
  }

  async state(origin: string): Promise<LedgerState> {
    const { redis, clock } = this.#deps;
    const hashes = await reply(ledgerHashes(redis, this.#keys, origin));
    const budget = this.#budgetOf(origin);
    const state = ledgerState(origin, hashes, limitsOf(budget), clock.now());
    return { ...state, windows: windowUse(budget, state.counted) };
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
    const { clock, leaseMs, patienceMs, redis, events } = this.#deps;
    const budget = this.#budgetOf(origin);
    const keys = this.#keys;
    const keeper = new RedisLimitKeeper({ origin, redis, keys, events, own: limitsOf(budget) });
    const exchange = (asked: Exchange) => this.#exchange(origin, budget, asked, keeper);
    const latestMs = latestStart(roomOf(budget));
    const queue = new PermitQueue({ origin, clock, exchange, leaseMs, patienceMs, latestMs });
    this.#queues.set(origin, queue);
    return queue;
  }

  #budgetOf(origin: string): Budget {
    const budget = this.#deps.budgets.get(origin);
    if (budget === undefined) throw new ForewarmError('E_INTERNAL', `origin "${origin}" has no budget`);
    return budget;
  }

  async #exchange(origin: string, budget: Budget, asked: Exchange, keeper: RedisLimitKeeper): Promise<Grant> {
    const { redis, holder, leaseMs } = this.#deps;
    const of = this.#keys;
    const keys = [of.ledger, of.holders, of.limits, of.calls, of.windows, of.used].map((name) =>
      name(origin),
    );
    const { concurrency, intervalMs } = limitsOf(budget);
    const { inUse, wants, calls } = asked;
    const args = [
      ...[holder, inUse, BUDGET_USERS.map((user) => wants[user]).join(' ')],
      ...[concurrency, Math.round(intervalMs * 1_000), HORIZON_MS * 1_000, leaseMs, totalsText(calls)],
      ...[windowsText(budget), budget.reserve ?? RESERVE, (budget.adapt ?? true) ? 1 : 0],
      ...[signalsText(asked), quotaText(asked), Math.ceil(asked.lateMs * 1_000)],
      ...[Math.round(intervalMs * (budget.rate?.calls ?? 0) * 1_000), asked.liveInUse],
    ];
    const [grant, adaptDue] = grantOf((await reply(runScript(redis, EXCHANGE, keys, args))) as ExchangeReply);
    if (adaptDue) void offErrand(() => keeper.look());
    return grant;
  }
}

/** What the script's last lines return, and whether the limits are to be looked at. */
function grantOf([live, others, stamp, together, firstIn, interval, burst, ...more]: ExchangeReply): [
  Grant,
  boolean,
] {
  const [waitMs, waitOthersMs, pausedUntil, pauseReason, waiting, reached, counted, ...limits] = more;
  const [epoch, version, adaptDue, at, togetherIn, lead, spared, kept, elsewhere] = limits;
  const grant = {
    ...{ live, others, stamp: Number(stamp), together, spared, epoch, version, pauseReason },
    ...{ at: Number(at) / 1_000, intervalMs: interval / 1_000, firstInMs: firstIn / 1_000 },
    ...{ togetherInMs: togetherIn / 1_000, leadMs: lead / 1_000 },
    ...{ isBurst: burst > 0, isKept: kept > 0, counted: counted > 0, concurrencyReached: reached > 0 },
    ...{ elsewhere, othersWait: waiting > 0, waitMs, waitOthersMs, pausedUntil: Number(pausedUntil) },
  };
  return [grant, adaptDue > 0];
}

/** What a process has configured, as the ledger reckons. */
function limitsOf(budget: Budget): Limits {
  return { concurrency: budget.concurrency, intervalMs: Math.ceil(intervalOf(budget) * 1_000) / 1_000 };
}

/** Burst and counted windows, as the script has them; empty where neither is configured. */
function windowsText(budget: Budget): string {
  const { burst = 1 } = budget;
  const windows = countedWindows(budget).map(({ calls, perMs }) => `${calls}x${perMs}`);
  return burst === 1 && windows.length === 0 ? '' : [burst, ...windows].join(' ');
}

function signalsText({ signals }: Exchange): string {
  const { epoch, version, throttled, failing, slow } = signals;
  return [epoch, version, throttledNumber(throttled), Number(failing), Number(slow)].join(' ');
}

function quotaText({ quota }: Exchange): string {
  return quota === undefined ? '' : `${Math.floor(quota.remaining)} ${Math.round(quota.resetMs)}`;
}

type ExchangeReply = [
  live: number,
  others: number,
  stamp: string,
  together: number,
  firstIn: number,
  interval: number,
  burst: number,
  waitMs: number,
  waitOthersMs: number,
  pausedUntil: string,
  pauseReason: string,
  othersWaiting: number,
  concurrencyReached: number,
  counted: number,
  epoch: number,
  version: number,
  adaptDue: number,
  at: string,
  togetherIn: number,
  lead: number,
  spared: number,
  kept: number,
  elsewhere: number,
];
