/**
 * A circuit breaker: after enough failures in a row it keeps callers from a service that is down, and lets one of them
 * through from time to time to find out whether it is back.
 *
 *     closed ──threshold failures in a row──> open ──delay──> half-open ──probe succeeds──> closed
 *                                              ^                  └──probe fails, delay doubles──┐
 *                                              └─────────────────────────────────────────────────┘
 */
import type { Clock } from '../core/clock.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerDeps {
  readonly clock: Clock;
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** How long it stays open at first, in ms. */
  readonly delay: number;
  /** It never stays open for longer, in ms. */
  readonly longestDelay: number;
  readonly onChange: (state: BreakerState, reason: string) => void;
}

/** A caller that enters reports once how its call went: `succeeded`, `failed` or `abandoned`. */
export class Breaker {
  readonly #deps: BreakerDeps;
  #state: BreakerState = 'closed';
  #failures = 0;
  #delay: number;
  #retryAt = 0;
  #lastReason = '';

  constructor(deps: BreakerDeps) {
    this.#deps = deps;
    this.#delay = deps.delay;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Why it last opened. */
  get reason(): string {
    return this.#lastReason;
  }

  /** Whether it is time to try, for work that is no probe and tells the breaker nothing of how it went. */
  get mayTry(): boolean {
    return (
      this.#state === 'closed' || (this.#state === 'open' && this.#deps.clock.elapsed() >= this.#retryAt)
    );
  }

  /** Whether a call may be made. Half-open, only the one probe may. */
  enter(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || this.#deps.clock.elapsed() < this.#retryAt) return false;
    this.#become('half-open', this.#lastReason);
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    // A call that began before the breaker opened may end well later; it says nothing about the present.
    if (this.#state !== 'half-open') return;
    this.#delay = this.#deps.delay;
    this.#become('closed', 'a call succeeded');
  }

  failed(reason: string): void {
    this.#failures += 1;
    if (this.#state === 'open') return;
    const probe = this.#state === 'half-open';
    if (!probe && this.#failures < this.#deps.threshold) return;
    if (probe) this.#delay = Math.min(this.#delay * 2, this.#deps.longestDelay);
    this.#open(reason);
  }

  /** The caller gave up for reasons of its own, which says nothing about the service. A probe's place is free at once. */
  abandoned(): void {
    if (this.#state !== 'half-open') return;
    this.#state = 'open';
    this.#retryAt = this.#deps.clock.elapsed();
  }

  #open(reason: string): void {
    this.#lastReason = reason;
    this.#retryAt = this.#deps.clock.elapsed() + this.#delay;
    this.#become('open', reason);
  }

  #become(state: BreakerState, reason: string): void {
    this.#state = state;
    this.#deps.onChange(state, reason);
  }
}
