import type { Clock, Timer } from '../core/clock.ts';

/** One timer for work that is wanted at several times: it fires once, at the earliest of them. */
export class Wakeup {
  readonly #clock: Clock;
  readonly #onWake: () => void;
  #timer: Timer | undefined;
  /** Monotonic ms. */
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onWake: () => void) {
    this.#clock = clock;
    this.#onWake = onWake;
  }

  in(ms: number): void {
    const at = this.#clock.elapsed() + ms;
    if (this.#timer !== undefined && this.#at <= at) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = ms > 0 ? this.#clock.after(ms, () => this.#wake()) : this.#soon();
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  /** A microtask, not a timer: callers of one moment still share what is done, and none waits a millisecond for it. */
  #soon(): Timer {
    let cancelled = false;
    queueMicrotask(() => {
      if (!cancelled) this.#wake();
    });
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  #wake(): void {
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.#onWake();
  }
}
