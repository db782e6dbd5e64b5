import type { Clock } from '../core/clock.ts';

/** How long a time that was read is used, in ms, and how often at most. */
const GOOD_FOR_MS = 20;
const GOOD_FOR_USES = 64;

/**
 * The wall clock, read now and then, for code that asks millions of times a second and needs no exact time. What it returns is
 * at most about 20 ms old; older only while code runs that lets no timer fire and asks fewer than 64 times.
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

  /** Makes the next reading exact. */
  expire(): void {
    this.#uses = 0;
  }

  #read(): number {
    this.#now = this.#clock.now();
    this.#uses = GOOD_FOR_USES;
    // Only while it is in use: an idle process sets no timers.
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
