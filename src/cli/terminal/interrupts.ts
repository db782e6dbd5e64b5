import type { Io } from './io.ts';

/**
 * Signals of a command. The first one asks: a command that claimed it stops in its own way, any other ends at once. The
 * second one ends at once in any case.
 */
export class Interrupts {
  readonly #asked = new AbortController();
  readonly #off: () => void;
  #claimed = false;

  /** `onForced` is called when the command must end at once. */
  constructor(io: Pick<Io, 'onSignal'>, onForced: () => void) {
    this.#off = io.onSignal((signal) => {
      if (!this.#claimed || this.#asked.signal.aborted) onForced();
      else this.#asked.abort(signal);
    });
  }

  /** The command stops by itself when this aborts; the reason is the signal's name. */
  claim(): AbortSignal {
    this.#claimed = true;
    return this.#asked.signal;
  }

  close(): void {
    this.#off();
  }
}
