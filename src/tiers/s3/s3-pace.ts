/**
 * How many requests a bucket is sent at the same time: up to `widest`, and fewer after it asked to slow down. A request to slow down
 * halves the number and pauses all, for longer each time in a row; as many good answers in a row as requests may be under way
 * allow one more ("additive increase, multiplicative decrease": Chiu and Jain, 1989). The first request goes alone, so that a clock
 * that is wrong is corrected before others are signed by it.
 */
import type { Clock, Timer } from '../../core/clock.ts';

export interface S3PaceDeps {
  readonly clock: Clock;
  readonly widest: number;
}

/** The pause after the first request to slow down, and the longest, in ms. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

interface Waiter {
  readonly go: () => void;
}

export class S3Pace {
  readonly #clock: Clock;
  readonly #widest: number;
  #width = 1;
  #hasAnswered = false;
  #running = 0;
  /** Good answers since the width changed. */
  #good = 0;
  /** Requests to slow down without a full width of good answers in between. */
  #rounds = 0;
  /** On the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  readonly #waiting = new Set<Waiter>();

  constructor(deps: S3PaceDeps) {
    this.#clock = deps.clock;
    this.#widest = deps.widest;
  }

  /** Requests that may be under way now. */
  get width(): number {
    return this.#width;
  }

  /** Waits for its turn, which ends when `act` does. Rejects with the signal's reason while it waits. */
  async turn<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await act();
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  /** The server answered a request that was sent then, and did not ask to slow down. One sent before it last did says nothing of now. */
  answered(sentAt: number): void {
    if (sentAt < this.#slowedAt) return;
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#width = this.#widest;
    }
    this.#good += 1;
    if (this.#good < this.#width) return;
    this.#good = 0;
    this.#rounds = 0;
    this.#width = Math.min(this.#widest, this.#width + 1);
  }

  /** The server asked to slow down a request that was sent at `sentAt`, on the monotonic clock. Those sent before the last time count once. */
  slowDown(sentAt: number): void {
    if (sentAt < this.#slowedAt) return;
    const now = this.#clock.elapsed();
    this.#hasAnswered = true;
    this.#slowedAt = now;
    this.#pausedUntil = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#rounds);
    this.#rounds += 1;
    this.#good = 0;
    this.#width = Math.max(1, Math.floor(this.#width / 2));
  }

  #enter(signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted();
    if (this.#isOpen() && this.#waiting.size === 0) {
      this.#running += 1;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        go: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#admit();
    });
  }

  #isOpen(): boolean {
    return this.#running < this.#width && this.#clock.elapsed() >= this.#pausedUntil;
  }

  #admit(): void {
    const pause = this.#pausedUntil - this.#clock.elapsed();
    if (pause > 0) {
      if (this.#waiting.size === 0) return;
      this.#timer?.cancel();
      this.#timer = this.#clock.after(pause, () => this.#admit());
      return;
    }
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#width) return;
      this.#running += 1;
      this.#waiting.delete(waiter);
      waiter.go();
    }
  }
}
