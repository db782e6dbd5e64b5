import type { Clock, Timer } from '../core/clock.ts';
import { settleBy } from './deadline.ts';
import { PATIENCE } from './patience.ts';

export interface RepeatDeps {
  readonly clock: Clock;
  /** The pause before the work is done each time, in ms. */
  readonly every: number;
  /** The pause before the first time, in ms; as long as the others unless told. */
  readonly firstAfter?: number;
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  /** Called when the work failed; it is done again all the same. */
  readonly onError: (error: unknown) => void;
}

/** Does work again and again, never two at once: the pause begins when the work has ended. */
export class Repeat {
  readonly #deps: RepeatDeps;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: RepeatDeps) {
    this.#deps = deps;
  }

  /** Idempotent. */
  start(): void {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    const { every, firstAfter = every } = this.#deps;
    this.#plan(firstAfter, this.#abort.signal);
  }

  /**
   * Does not begin the work again; aborts what is under way, and waits for it, for half a second at most: others stop after it, who have
   * work in hand.
   */
  async stop(deadline: number): Promise<void> {
    this.#timer?.cancel();
    this.#abort?.abort(new Error('the process is stopping'));
    this.#abort = undefined;
    const { clock } = this.#deps;
    await settleBy(clock, Math.min(deadline, clock.now() + PATIENCE.leaving), this.#working);
  }

  #plan(pause: number, signal: AbortSignal): void {
    this.#timer = this.#deps.clock.after(pause, () => {
      this.#working = this.#once(signal);
    });
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { every, work, onError } = this.#deps;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    if (!signal.aborted) this.#plan(every, signal);
  }
}
