import type { Clock } from '../../core/clock.ts';

/** Calls for different keys, with no answer in between, after which an origin is left alone for a while. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** After a pause, keys that did not fail before it are asked for first, for so long: one of them tells more. */
const HEAD_START_MS = 500;
/** A key that failed while others were answered fails by itself, and says nothing of its origin for so long. */
const ALONE_MS = 30 * 60_000;
const MOST_ALONE = 10_000;

/** Leave the origin alone until then, ms since the epoch. */
export interface Pause {
  readonly kind: 'pause';
  readonly until: number;
  readonly reason: string;
  /** Only these keys are to wait: they failed before, and others are asked for first. */
  readonly onlyThese: boolean;
}

export interface CallFailure {
  readonly reason: string;
  /** Whether the origin was reached. One that nothing connects to is down, whatever the key. */
  readonly reached: boolean;
  /** The call was for a part of the keys of one that failed before, to find the bad one: it is no news. */
  readonly isPart: boolean;
}

/** A call that may be made. The caller reports how it went, where that says anything about the origin, and that it is over. */
export interface Turn {
  readonly kind: 'turn';
  /** The origin answered, be it with a refusal. */
  succeeded(): void;
  /** It did not answer. Undefined: go on. */
  failed(failure: CallFailure): Pause | undefined;
  /** In any case, at the end: those behind it wait for this. */
  over(): void;
}

/**
 * How well an origin does, as this process sees it. Calls for several different keys that fail with no answer in between
 * pause it, longer each time, so that an outage costs the origin a few probes and the keys no attempts. An outage that
 * lasts is given up on. What fails of one key, however often, counts once; and keys that are answered speak for the origin.
 *
 *     well ──five keys fail in a row──> paused ──the pause is over──> in doubt ──the one probe is answered──> well
 *                                         ^                              └──it is not: a longer pause──┐
 *                                         └────────────────────────────────────────────────────────────┘
 */
export class OriginHealth {
  readonly #clock: Clock;
  readonly #givenUpAfter: number;
  /** Keys of the calls that failed since the last answer. */
  readonly #failing = new Set<string>();
  /** Keys that failed while others were answered, and when. */
  readonly #alone = new Map<string, number>();
  /** Calls that failed since the last answer, of those that had no key in common. */
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

  /** Lets a call for these keys in; while the origin is in doubt one at a time, and the others wait for how it goes. */
  async enter(keys: readonly string[]): Promise<Turn | Pause> {
    while (this.#probe !== undefined) await this.#probe.promise;
    const began = this.#clock.elapsed();
    if (this.#pause === undefined) return this.#turn(keys, began, undefined);
    if (began < this.#pauseEnds) return this.#pause;
    const ahead = this.#pauseEnds + HEAD_START_MS - began;
    if (ahead > 0 && this.#isKnown(keys, began)) {
      return { ...this.#pause, until: this.#clock.now() + ahead, onlyThese: true };
    }
    this.#probe = Promise.withResolvers();
    return this.#turn(keys, began, this.#probe);
  }

  /** Whether it has been without an answer for so long that keys are better failed than kept waiting. */
  get isGivenUp(): boolean {
    return this.#pause !== undefined && this.#clock.elapsed() - this.#failingSince > this.#givenUpAfter;
  }

  #turn(keys: readonly string[], began: number, probe: PromiseWithResolvers<void> | undefined): Turn {
    return {
      kind: 'turn',
      succeeded: () => this.#succeeded(keys, began),
      failed: (failure) => this.#failed(keys, began, failure),
      over: () => {
        if (probe === undefined) return;
        this.#probe = undefined;
        probe.resolve();
      },
    };
  }

  #succeeded(keys: readonly string[], began: number): void {
    // A call that was under way when the pause began says nothing of now: only a probe ends an outage.
    if (this.#pause !== undefined && began < this.#pauseEnds) return;
    // What failed in an outage did not fail by itself.
    if (this.#pause === undefined) for (const key of this.#failing) this.#setAlone(key);
    if (this.#failing.size > 0) this.#failing.clear();
    if (this.#alone.size > 0) for (const key of keys) this.#alone.delete(key);
    this.#failures = 0;
    this.#pauses = 0;
    this.#pause = undefined;
  }

  #failed(keys: readonly string[], began: number, failure: CallFailure): Pause | undefined {
    const { reason, reached, isPart } = failure;
    const now = this.#clock.elapsed();
    // A call that was under way when the pause began says nothing new.
    if (this.#pause !== undefined && began < this.#pauseEnds) return this.#pause;
    if (this.#pause === undefined && reached && isPart) return undefined;
    if (!reached || !this.#isKnown(keys, now)) {
      if (this.#failures === 0) this.#failingSince = now;
      this.#failures += 1;
    }
    for (const key of keys) {
      if (this.#alone.has(key)) this.#setAlone(key);
      else this.#failing.add(key);
    }
    return this.#pause === undefined && this.#failures < FAILURES ? undefined : this.down(reason);
  }

  /** It is down: many different keys were asked for, and none was answered. */
  down(reason: string): Pause {
    const now = this.#clock.elapsed();
    if (this.#failures === 0) this.#failingSince = now;
    const ms = Math.min(FIRST_PAUSE_MS * 2 ** this.#pauses, LONGEST_PAUSE_MS);
    this.#pauses += 1;
    this.#pauseEnds = now + ms;
    this.#pause = { kind: 'pause', until: this.#clock.now() + ms, reason, onlyThese: false };
    return this.#pause;
  }

  /** Whether one of these keys is known to fail already. */
  #isKnown(keys: readonly string[], now: number): boolean {
    return keys.some(
      (key) => this.#failing.has(key) || now - (this.#alone.get(key) ?? Number.NEGATIVE_INFINITY) < ALONE_MS,
    );
  }

  /** The latest is last, so that the oldest is the first to be forgotten. */
  #setAlone(key: string): void {
    this.#alone.delete(key);
    this.#alone.set(key, this.#clock.elapsed());
    if (this.#alone.size <= MOST_ALONE) return;
    for (const oldest of this.#alone.keys()) {
      this.#alone.delete(oldest);
      break;
    }
  }
}
