import type { Timer } from '../../core/clock.ts';
import type { Io } from './io.ts';

/**
 * How long a command may take to stop after a signal, in ms. Whoever presses Ctrl-C waits at the terminal; whoever sends another
 * signal, such as a service manager, wants the work in hand to be finished.
 */
const AT_THE_TERMINAL = { gentle: 1_200, longest: 1_900 };
const BY_A_MANAGER = { gentle: 4_500, longest: 5_500 };

function timesOf(signal: unknown) {
  return signal === 'SIGINT' ? AT_THE_TERMINAL : BY_A_MANAGER;
}

/**
 * Signals of a command. The first one asks: a command that claimed it stops in its own way, within a bound; any other ends at
 * once. The second one ends at once in any case.
 */
export class Interrupts {
  readonly #asked = new AbortController();
  readonly #off: () => void;
  #claimed = false;
  #limit: Timer | undefined;

  /** `onForced` is called when the command must end at once. */
  constructor(io: Pick<Io, 'onSignal' | 'clock'>, onForced: () => void) {
    this.#off = io.onSignal((signal) => {
      if (!this.#claimed || this.#asked.signal.aborted) return onForced();
      this.#limit = io.clock.after(timesOf(signal).longest, onForced);
      this.#asked.abort(signal);
    });
  }

  /** The command stops by itself when this aborts; the reason is the signal's name. */
  claim(): AbortSignal {
    this.#claimed = true;
    return this.#asked.signal;
  }

  /** How long an app may take to stop, in ms: less than the command as a whole may. */
  get stopMs(): number {
    return timesOf(this.#asked.signal.reason).gentle;
  }

  close(): void {
    this.#limit?.cancel();
    this.#off();
  }
}
