import type { Clock } from '../core/clock.ts';

/** Calls in a row without an answer after which an origin is left alone for a while. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Leave the origin alone until then, ms since the epoch. */
export interface Pause {
  readonly kind: 'pause';
  readonly until: number;
  readonly reason: string;
}

/** A call that may be made. The caller reports how it went, where that says anything about the origin, and that it is over. */
export interface Turn {
  readonly kind: 'turn';
  /** The origin answered, be it with a refusal. */
  succeeded(): void;
  /** It did not answer. Undefined: go on. */
  failed(reason: string): Pause | undefined;
  /** In any case, at the end: those behind it wait for this. */
  over(): void;
}

/**
 * How well an origin does, as this process sees it. Several unanswered calls in a row pause it, longer each time, so that an
 * outage costs the origin a few probes and the keys no attempts. An outage that lasts is given up on.
 *
 *     well ──five failures in a row──> paused ──the pause is over──> in doubt ──the one probe is answered──> well
 *                                        ^                              └──it is not: a longer pause──┐
 *                                        └────────────────────────────────────────────────────────────┘
 */
export class OriginHealth {
  readonly #clock: Clock;
  readonly #givenUpAfter: number;
  #failures = 0;
  #pauses = 0;
  #failingSince = 0;
  #pause: Pause | undefined;
  /** When that ends on the monotonic clock. */
  #pauseEnds = 0;
  #probe: PromiseWithResolvers<void> | undefined;

  constructor({ clock, givenUpAfter }: { readonly clock: Clock; readonly givenUpAfter: number }) {
    this.#clock = clock;
    this.#givenUpAfter = givenUpAfter;
  }

  /** Lets a call in; while the origin is in doubt one at a time, and the others wait for how it goes. */
  async enter(): Promise<Turn | Pause> {
    while (this.#probe !== undefined) await this.#probe.promise;
    const began = this.#clock.elapsed();
    if (this.#pause === undefined) return this.#turn(began, undefined);
    if (began < this.#pauseEnds) return this.#pause;
    this.#probe = Promise.withResolvers();
    return this.#turn(began, this.#probe);
  }

  /** Whether it has been without an answer for so long that keys are better failed than kept waiting. */
  get isGivenUp(): boolean {
    return this.#pause !== undefined && this.#clock.elapsed() - this.#failingSince > this.#givenUpAfter;
  }

  #turn(began: number, probe: PromiseWithResolvers<void> | undefined): Turn {
    return {
      kind: 'turn',
      succeeded: () => {
        this.#failures = 0;
        this.#pauses = 0;
        this.#pause = undefined;
      },
      failed: (reason) => this.#failed(began, reason),
      over: () => {
        if (probe === undefined) return;
        this.#probe = undefined;
        probe.resolve();
      },
    };
  }

  #failed(began: number, reason: string): Pause | undefined {
    const now = this.#clock.elapsed();
    // A call that was under way when the pause began says nothing new.
    if (this.#pause !== undefined && began < this.#pauseEnds) return this.#pause;
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += 1;
    if (this.#failures < FAILURES) return undefined;
    const ms = Math.min(FIRST_PAUSE_MS * 2 ** this.#pauses, LONGEST_PAUSE_MS);
    this.#pauses += 1;
    this.#pauseEnds = now + ms;
    this.#pause = { kind: 'pause', until: this.#clock.now() + ms, reason };
    return this.#pause;
  }
}
