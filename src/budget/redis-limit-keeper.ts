/**
 * Adapts the limits of one origin, for all processes. The ledger's script collects what they saw, and says when it is time
 * to look (a window is over, or a call was throttled); whichever process hears that first decides by `policy/limit.ts`, and
 * writes the limits that hold from then on, unless another was faster.
 */
import type { Redis } from 'ioredis';
import type { Events } from '../core/events.ts';
import { type LoweredLimit, nextLimit } from '../policy/limit.ts';
import type { RedisKeys } from '../redis/keys.ts';
import { runScript } from '../redis/script.ts';
import type { Limits } from './ledger.ts';
import { limitOf } from './limits.ts';
import { LIMIT } from './redis-ledger-scripts.ts';
import {
  inFlightIn,
  ledgerHashes,
  limitsConfigured,
  loweredIn,
  numbersOf,
  throttledKind,
} from './redis-ledger-state.ts';

export interface RedisLimitKeeperDeps {
  readonly origin: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly events: Events;
  /** What this process has configured. */
  readonly own: Limits;
}

export class RedisLimitKeeper {
  readonly #deps: RedisLimitKeeperDeps;
  #looking = false;

  constructor(deps: RedisLimitKeeperDeps) {
    this.#deps = deps;
  }

  /** Looks at the limits, unless it is doing so already. What fails is done by the next that hears that it is time. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#adapt();
    } catch (error) {
      this.#deps.events.emit('problem', { where: `limits of origin "${this.#deps.origin}"`, error });
    } finally {
      this.#looking = false;
    }
  }

  async #adapt(): Promise<void> {
    const { origin, redis, keys, events, own } = this.#deps;
    const [hashes, [seconds, micros]] = await Promise.all([ledgerHashes(redis, keys, origin), redis.time()]);
    const now = Math.floor(Number(seconds) * 1_000 + Number(micros) / 1_000);
    const known = loweredIn(hashes);
    const [version = 0, epoch = 0] = numbersOf(hashes.ledger.limit ?? '');
    const [, count = 0, rate = 0, permits = 0] = numbersOf(hashes.ledger.measure ?? '');
    // What ended in the window under way is a second's at the least; at first, what began.
    const underWay = known === undefined ? inFlightIn(hashes, now) : 0;
    const used = { rate: Math.max(rate, count + underWay), permits };
    const [, , throttled = 0, failing = 0, slow = 0] = numbersOf(hashes.ledger.signals ?? '');
    const seen = { throttled: throttledKind(throttled), failing: failing === 1, slow: slow === 1 };
    const ceiling = limitOf(limitsConfigured(hashes, own, now));
    const pausedUntil = Number(hashes.ledger.pausedUntil ?? 0);
    const next = nextLimit(known, { now, ceiling, used, pausedUntil, ...seen });
    const isCut = next !== undefined && next.cutAt === now;
    const args = [version, isCut ? epoch + 1 : epoch, ...held(next), next?.cutAt ?? 0, now];
    const text = next === undefined ? '' : JSON.stringify(next);
    const changed = await runScript(redis, LIMIT, [keys.ledger(origin)], [...args, text]);
    if (changed !== 1) return;
    if (isCut)
      events.emit('budget:lowered', {
        origin,
        rate: next.rate,
        permits: Math.floor(next.permits),
        reason: next.reason,
      });
    else if (next === undefined && known !== undefined)
      events.emit('budget:restored', { origin, since: known.since });
  }
}

/** Interval in us, and permits, as the script has them; zeros while the configured limits hold. */
function held(lowered: LoweredLimit | undefined): [intervalUs: number, permits: number] {
  if (lowered === undefined) return [0, 0];
  const { rate, permits } = lowered;
  return [rate === Number.POSITIVE_INFINITY ? 0 : Math.ceil(1_000_000 / rate), Math.floor(permits)];
}
