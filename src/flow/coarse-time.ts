import type { Clock } from '../core/clock.ts';

/** How long a time that was read is good for, in ms, and how often at the most. */
const GOOD_FOR_MS = 20;
const GOOD_FOR_USES = 64;

/**
 * The wall clock, read now and then: for what is asked millions of times a second and need not be exact. The answer is
 * at most about 20 ms old, or as old as code runs without giving a timer its turn and without asking 64 times.
 */
export class CoarseTime {
  readonly #clock: Clock;
  #now = 0;
  #uses = 0;
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    this.#uses -= 1;
    return this.#uses > 0 ? this.#now : this.#read();
  }

  /** The next answer is exact. */
  expire(): void {
    this.#uses = 0;
  }

  #read(): number {
    this.#now = this.#clock.now();
    this.#uses = GOOD_FOR_USES;
    // Only while somebody asks: who is idle sets no timers.
    if (!this.#armed) {
      this.#armed = true;
      this.#clock.after(GOOD_FOR_MS, () => {
        this.#armed = false;
        this.#uses = 0;
      });
    }
    return this.#now;
  }
}
