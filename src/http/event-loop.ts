import type { Clock, Timer } from '../core/clock.ts';
import type { HealthItem } from '../core/health.ts';
import type { Service } from '../flow/service.ts';

/** How often it looks, in ms. */
const EVERY_MS = 1_000;
/** Late by more than this, in ms, so many times in a row: a process in which everything waits this long does nothing in time. */
const LATE_MS = 5_000;
const TIMES = 3;

/**
 * Watches how late timers fire. A loop that stands still answers no probe at all; this sees one that goes on, but so slowly that locks
 * on jobs and permits are lost. One long step, such as a large value that is parsed, is no reason to restart a process.
 */
export class EventLoopWatch implements Service {
  readonly name = 'event-loop';
  readonly #clock: Clock;
  #timer: Timer | undefined;
  /** How late each of the last looks was, in ms. */
  #late: readonly number[] = [];

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async start(): Promise<void> {
    if (this.#timer === undefined) this.#next();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  item(): HealthItem {
    const least = Math.min(...this.#late);
    const isSlow = this.#late.length === TIMES && least > LATE_MS;
    const reason = `the event loop is ${Math.round(least / 1_000)} s late, ${TIMES} times in a row: a module of yours, or too much at a time, keeps it busy`;
    return { name: this.name, reason: isSlow ? reason : null };
  }

  #next(): void {
    const expected = this.#clock.elapsed() + EVERY_MS;
    this.#timer = this.#clock.after(EVERY_MS, () => {
      this.#late = [...this.#late, this.#clock.elapsed() - expected].slice(-TIMES);
      this.#next();
    });
  }
}
