import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Params } from '../../core/source.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';

/**
 * What one errand reads of the sets that somebody else is asked for. Whoever waits for a verb waits for them as well, so each is asked
 * once, and all of them together have a bound.
 */
export class ErrandReading {
  /** By the name of a set. */
  readonly columns = new Map<string, readonly string[]>();
  /** Of sets that were read to the end. */
  readonly pages = new Map<string, readonly (readonly Params[])[]>();
  readonly #clock: Clock;
  #spentMs = 0;
  /** Steps under way, and since when there are some; several at the same time count once. */
  #steps = 0;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Once the time is over, `stop` aborts, and it rejects with `E_ENTITIES_UNAVAILABLE`; `set` names the set in that. */
  async bounded<T>(set: string, read: () => Promise<T>, stop: AbortController): Promise<T> {
    const late = () => {
      const reason = tooLate(set);
      stop.abort(reason);
      return reason;
    };
    if (this.#steps === 0) this.#since = this.#clock.elapsed();
    this.#steps += 1;
    const left = PATIENCE.sets - this.#spentMs - (this.#clock.elapsed() - this.#since);
    try {
      if (left <= 0) throw late();
      return await within(this.#clock, left, read, late);
    } finally {
      this.#steps -= 1;
      if (this.#steps === 0) this.#spentMs += this.#clock.elapsed() - this.#since;
    }
  }
}

function tooLate(set: string): ForewarmError {
  const bound = `${PATIENCE.sets / 1_000} s`;
  return new ForewarmError(
    'E_ENTITIES_UNAVAILABLE',
    `${set}: its rows did not come within ${bound}, which is what a command or a request has for them; make them come sooner; a run waits for longer`,
  );
}
