import type { Clock, Timer } from '../core/clock.ts';
import { settleBy } from './deadline.ts';

export interface RepeatDeps {
  readonly clock: Clock;
  /** The pause before each time, in ms. */
  readonly every: number;
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  /** Told when a time failed; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

/** Does something again and again, never twice at once. */
export class Repeat {
  readonly #deps: RepeatDeps;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: RepeatDeps) {
    this.#deps = deps;
  }

  /** Twice is fine. */
  start(): void {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.#plan(this.#abort.signal);
  }

  /** Begins it no more, and waits for the one that is under way. */
  async stop(deadline: number): Promise<void> {
    this.#timer?.cancel();
    this.#abort?.abort(new Error('the process is stopping'));
    this.#abort = undefined;
    await settleBy(this.#deps.clock, deadline, this.#working);
  }

  #plan(signal: AbortSignal): void {
    this.#timer = this.#deps.clock.after(this.#deps.every, () => {
      this.#working = this.#once(signal);
    });
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { work, onError } = this.#deps;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    if (!signal.aborted) this.#plan(signal);
  }
}
