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

/**
 * A call that was let through. Its caller says once how it went; what a call says again is not heard, nor what one says that began
 * before the breaker last opened or closed: that is of another time than the present.
 */
export interface BreakerCall {
  succeeded(): void;
  failed(reason: string): void;
  /** The caller gave up for reasons of its own, which says nothing about the service. A probe's place is free at once. */
  abandoned(): void;
}

export class Breaker {
  readonly #deps: BreakerDeps;
  #state: BreakerState = 'closed';
  #failures = 0;
  #delay: number;
  #retryAt = 0;
  #lastReason = '';
  /** What calls that began before it say is not heard: it moves on as the breaker opens and closes. */
  #era = 0;

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

  /** A call that may be made; undefined while none may. Half-open, only the one probe may. */
  enter(): BreakerCall | undefined {
    if (this.#state === 'closed') return this.#call();
    if (this.#state === 'half-open' || this.#deps.clock.elapsed() < this.#retryAt) return undefined;
    this.#become('half-open', this.#lastReason);
    this.#era += 1;
    return this.#call();
  }

  #call(): BreakerCall {
    const era = this.#era;
    let isOver = false;
    const once = (act: () => void) => {
      if (!isOver && era === this.#era) act();
      isOver = true;
    };
    return {
      succeeded: () => once(() => this.#succeeded()),
      failed: (reason) => once(() => this.#failed(reason)),
      abandoned: () => once(() => this.#abandoned()),
    };
  }

  #succeeded(): void {
    this.#failures = 0;
    if (this.#state !== 'half-open') return;
    this.#delay = this.#deps.delay;
    this.#era += 1;
    this.#become('closed', 'a call succeeded');
  }

  #failed(reason: string): void {
    this.#failures += 1;
    const isProbe = this.#state === 'half-open';
    if (!isProbe && this.#failures < this.#deps.threshold) return;
    if (isProbe) this.#delay = Math.min(this.#delay * 2, this.#deps.longestDelay);
    this.#lastReason = reason;
    this.#retryAt = this.#deps.clock.elapsed() + this.#delay;
    this.#era += 1;
    this.#become('open', reason);
  }

  #abandoned(): void {
    if (this.#state !== 'half-open') return;
    this.#era += 1;
    this.#state = 'open';
    this.#retryAt = this.#deps.clock.elapsed();
  }

  #become(state: BreakerState, reason: string): void {
    this.#state = state;
    this.#deps.onChange(state, reason);
  }
}
