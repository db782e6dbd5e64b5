import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { LIMIT_WINDOW_MS, type Limit, type LoweredLimit, nextLimit } from '../policy/limit.ts';
import type { CallReport, Limits } from './ledger.ts';
import type { CallLevel } from './levels.ts';
import { limitOf, limitsHeld } from './limits.ts';
import { LoadSignals } from './load-signals.ts';
import { DECAY } from './redis-ledger-steps.ts';

/** The limits of one origin as one process adapts them: what the ledger's script and `RedisLimitKeeper` do for all processes. */
export class LocalLimits {
  readonly #clock: Clock;
  readonly #configured: Limits;
  readonly #adapts: boolean;
  readonly #signals = new LoadSignals();
  #used: Limit = { rate: 0, permits: 0 };
  #inFlight = 0;
  #ended = 0;
  /** When the window of `#ended` began, monotonic ms. */
  #from = 0;
  #epoch = 0;
  #lowered: LoweredLimit | undefined;
  #pausedUntil = 0;

  constructor(budget: Budget, clock: Clock) {
    this.#clock = clock;
    this.#configured = { concurrency: budget.concurrency, intervalMs: intervalOf(budget) };
    this.#adapts = budget.adapt ?? true;
    this.#from = clock.elapsed();
  }

  get lowered(): LoweredLimit | undefined {
    return this.#lowered;
  }

  get held(): Limits {
    return limitsHeld(this.#configured, this.#lowered);
  }

  /** Nobody calls the origin until then, ms since the epoch. */
  paused(until: number): void {
    this.#pausedUntil = until;
  }

  /** So many calls are in flight. */
  inFlight(calls: number): void {
    this.#inFlight = calls;
    this.#used = { ...this.#used, permits: Math.max(this.#used.permits, calls) };
    this.#look();
  }

  begin(): CallLevel {
    return this.#signals.begin(this.#epoch, this.#clock.elapsed());
  }

  /** It has ended; without a report, none was made. */
  end(call: CallLevel, report: CallReport | undefined): void {
    this.#signals.end(call, report, this.#clock.elapsed());
    if (report === undefined) return;
    if (report.outcome !== 'throttled') this.#ended += 1;
    this.#look();
  }

  #look(): void {
    const elapsed = this.#clock.elapsed();
    if (elapsed - this.#from >= LIMIT_WINDOW_MS) this.#endWindow(elapsed);
    const { throttled, failing, slow } = this.#signals.seen;
    const now = this.#clock.now();
    const isDue =
      throttled !== undefined || (this.#lowered !== undefined && now - this.#lowered.at >= LIMIT_WINDOW_MS);
    if (!this.#adapts || !isDue) return;
    const ceiling = limitOf(this.#configured);
    // What ended in the window under way is a second's at the least; at first, what began.
    const underWay = this.#lowered === undefined ? this.#inFlight : 0;
    const used = { ...this.#used, rate: Math.max(this.#used.rate, this.#ended + underWay) };
    const seen = { throttled, failing, slow, pausedUntil: this.#pausedUntil };
    const next = nextLimit(this.#lowered, { now, ceiling, used, ...seen });
    if (next !== undefined && next.cutAt !== this.#lowered?.cutAt) this.#epoch += 1;
    this.#lowered = next;
    this.#signals.hold(this.#epoch, this.#epoch, 0, elapsed);
  }

  #endWindow(elapsed: number): void {
    const ms = elapsed - this.#from;
    // A pause does not count, as in the ledger that is shared.
    const isPause = this.#pausedUntil > this.#clock.now() - ms + LIMIT_WINDOW_MS;
    const seconds = (isPause ? LIMIT_WINDOW_MS : ms) / 1_000;
    const { rate, permits } = this.#used;
    const kept = DECAY ** seconds;
    this.#used = {
      rate: Math.max(this.#ended / seconds, rate * kept),
      permits: Math.max(this.#inFlight, permits * kept),
    };
    this.#ended = 0;
    this.#from = elapsed;
    // While limits are lowered, the look that is due closes this window, once it has seen what failed in it.
    if (this.#lowered === undefined) this.#signals.hold(this.#epoch, this.#epoch, 0, elapsed);
  }
}
