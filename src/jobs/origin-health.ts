import type { Clock } from '../core/clock.ts';

/** Calls in a row without an answer after which an origin is left alone for a while. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * How an origin fares, as this process sees it. A string of unanswered calls pauses it, longer each time, so that an
 * outage costs the origin a few probes and the keys no attempts; an outage that lasts is given up on.
 */
export class OriginHealth {
  readonly #clock: Clock;
  readonly #givenUpAfter: number;
  #failures = 0;
  #pauses = 0;
  #failingSince = 0;

  constructor({ clock, givenUpAfter }: { readonly clock: Clock; readonly givenUpAfter: number }) {
    this.#clock = clock;
    this.#givenUpAfter = givenUpAfter;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauses = 0;
  }

  /** Answers until when to pause the origin (ms since the epoch), or undefined to go on. */
  failed(): number | undefined {
    if (this.#failures === 0 && this.#pauses === 0) this.#failingSince = this.#clock.elapsed();
    this.#failures += 1;
    if (this.#failures < FAILURES) return undefined;
    // One probe after a pause is enough to know.
    this.#failures = FAILURES - 1;
    this.#pauses += 1;
    return this.#clock.now() + Math.min(FIRST_PAUSE_MS * 2 ** (this.#pauses - 1), LONGEST_PAUSE_MS);
  }

  /** Whether it has been without an answer for so long that keys are better failed than kept waiting. */
  get isGivenUp(): boolean {
    return this.#pauses > 0 && this.#clock.elapsed() - this.#failingSince > this.#givenUpAfter;
  }
}
