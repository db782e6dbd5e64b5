import type { Timer } from '../../core/clock.ts';
import type { ForewarmError } from '../../core/errors.ts';
import type { Io } from './io.ts';

/** How long stopping may take, in ms: for what runs in this process, and for the command as a whole. */
interface StopTimes {
  readonly gentle: number;
  readonly longest: number;
}

/** Somebody waits at the terminal. */
const SOON: StopTimes = { gentle: 1_200, longest: 1_900 };
/** A service manager wants the work in hand to be finished, for which it has `workers.grace`; 4 s unless it is longer. */
function drained(graceMs: number): StopTimes {
  const gentle = Math.max(4_000, graceMs) + 500;
  return { gentle, longest: gentle + 1_000 };
}

/** A signal that comes again so soon, in ms, is the same one: a terminal's Ctrl-C reaches a whole group, and npm passes it on as well. */
const TWICE_MS = 250;

/** What ends a command before its time: a signal, or an error that no call waits for. */
export type Interruption = NodeJS.Signals | 'failure';

/**
 * Signals of a command, and failures after which nothing it holds can be relied on. The first one asks: a command that claimed it stops in its own way, within a bound; any other ends at
 * once. The second one ends at once in any case.
 */
export class Interrupts {
  readonly #asked = new AbortController();
  readonly #clock: Io['clock'];
  readonly #onForced: (reason: Interruption) => void;
  readonly #off: () => void;
  #claim: 'command' | 'role' | undefined;
  #graceMs = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #limit: Timer | undefined;
  #report: (error: ForewarmError) => void;
  #last = () => {};
  #hasFailed = false;

  /** `onForced` is called when the command must end at once. */
  constructor(
    io: Pick<Io, 'onSignal' | 'clock'>,
    onForced: (reason: Interruption) => void,
    report: (error: ForewarmError) => void,
  ) {
    this.#report = report;
    this.#clock = io.clock;
    this.#onForced = (reason) => {
      this.#last();
      onForced(reason);
    };
    this.#off = io.onSignal((signal) => this.#hear(signal));
  }

  /**
   * The command stops by itself when this aborts; the reason is an `Interruption`. A role finishes the work in hand unless it was
   * Ctrl-C, and also when nobody reads its log any more; a command that nobody reads ends at once.
   */
  claim(as: 'command' | 'role' = 'command'): AbortSignal {
    this.#claim = as;
    return this.#asked.signal;
  }

  /** How long a role's work in hand may go on, in ms. */
  giveGrace(ms: number): void {
    this.#graceMs = ms;
  }

  /** How long an app may take to stop, in ms: less than the command as a whole may. */
  get stopMs(): number {
    return this.#times.gentle;
  }

  /** Then the exit code says so, whatever else the command has to say. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** From now on this says how the command failed. */
  reportTo(report: (error: ForewarmError) => void): void {
    this.#report = report;
  }

  /** From now on this is done, at once, before the command must end at once. */
  lastly(last: () => void): void {
    this.#last = last;
  }

  /** The command ends as after a signal. Only the first failure is told: more of them are to be expected until then. */
  fail(error: ForewarmError): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#report(error);
    if (!this.#asked.signal.aborted) this.#hear('failure');
  }

  close(): void {
    this.#limit?.cancel();
    this.#off();
  }

  get #times(): StopTimes {
    const { reason } = this.#asked.signal;
    if (this.#claim !== 'role' || reason === 'SIGINT') return SOON;
    return drained(reason === 'failure' ? 0 : this.#graceMs);
  }

  #hear(signal: Interruption): void {
    const stopsItself = this.#claim === 'role' || (this.#claim === 'command' && signal !== 'SIGPIPE');
    if (this.#asked.signal.aborted) {
      if (this.#insists(signal)) this.#onForced(signal);
    } else if (stopsItself) {
      this.#askedAt = this.#clock.elapsed();
      this.#asked.abort(signal);
      this.#limit = this.#clock.after(this.#times.longest, () => this.#onForced(signal));
    } else {
      this.#onForced(signal);
    }
  }

  /** Whether somebody asks a second time. That the terminal, npm or the reader of the output is gone by now is no such wish. */
  #insists(signal: Interruption): boolean {
    const isSame = signal === this.#asked.signal.reason && this.#clock.elapsed() - this.#askedAt < TWICE_MS;
    return !isSame && signal !== 'SIGHUP' && signal !== 'SIGPIPE';
  }
}
