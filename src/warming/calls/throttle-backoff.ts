import type { Clock, Random } from '../../core/clock.ts';

/** Ceiling of the first wait of an origin that says "slow down" and not until when, in ms; it doubles up to the longest. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A time that is nearer, or has passed (`Retry-After: 0`), says nothing: it would have the origin called without end. */
const SHORTEST_HINT_MS = 100;
/** No answer keeps an origin away for longer, whatever time it names: it is asked again. */
const LONGEST_HINT_MS = 15 * 60_000;

export interface ThrottleBackoffDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Ms of nothing but "slow down" after which an origin is given up on. */
  readonly givenUpAfter: number;
}

/**
 * How long an origin is left alone that says "slow down": as it asks, or else longer each time, until it gives an answer again. Calls
 * that were under way together count as one, since the later ones of them say nothing new.
 */
export class ThrottleBackoff {
  readonly #deps: ThrottleBackoffDeps;
  /** Throttles with no answer in between, those of one moment counted once. */
  #times = 0;
  #since = 0;
  #until = 0;
  /** When that ends on the monotonic clock. */
  #ends = 0;
  /** When it was asked again after the wait before, on the monotonic clock: calls that began since then were let in beside refused ones. */
  #roundAt = Number.POSITIVE_INFINITY;
  #isLetIn = false;
  #isGivenUp = false;

  constructor(deps: ThrottleBackoffDeps) {
    this.#deps = deps;
  }

  /** A call that began then was throttled, with this hint. Until when to leave the origin alone, in ms since the epoch. */
  throttled(began: number, retryAt: number | undefined): number {
    const now = this.#deps.clock.now();
    const elapsed = this.#deps.clock.elapsed();
    const asked = Math.min(retryAt ?? 0, now + LONGEST_HINT_MS);
    const isHint = asked >= now + SHORTEST_HINT_MS;
    if (this.#times > 0 && began < this.#ends) return this.#pause(Math.max(this.#until, isHint ? asked : 0));
    this.#beginRound(elapsed);
    return this.#pause(isHint ? asked : now + this.#wait());
  }

  /** The quota is used up: no wait will help. Asked again now and then, since somebody may pay. */
  spent(): number {
    this.#beginRound(this.#deps.clock.elapsed());
    this.#isGivenUp = true;
    return this.#pause(this.#deps.clock.now() + LONGEST_MS);
  }

  /** The origin gave an answer to a call that began then: one that was under way when it said "slow down" says nothing of now. */
  answered(began: number): void {
    const isOver = this.#times === 0 || began >= this.#ends;
    if (!isOver && began < this.#roundAt) return;
    if (isOver) this.#times = 0;
    else this.#isLetIn = true;
    this.#since = this.#deps.clock.elapsed();
    this.#isGivenUp = false;
  }

  /** It was asked again, and said "slow down" again; anew where it let others in at that time. */
  #beginRound(elapsed: number): void {
    this.#roundAt = this.#times === 0 ? Number.POSITIVE_INFINITY : this.#ends;
    if (this.#isLetIn) this.#times = 0;
    if (this.#times === 0) this.#since = elapsed;
    else this.#isGivenUp = elapsed - this.#since > this.#deps.givenUpAfter;
    this.#times += 1;
    this.#isLetIn = false;
  }

  /** Whether it has said nothing else for so long that keys are better failed than kept waiting; in a pause, time alone decides. */
  get isGivenUp(): boolean {
    return this.#isGivenUp || (this.#isPaused && this.#patience <= 0);
  }

  /** Until when keys wait that could wait until then: not beyond the time at which it is given up on, ms since the epoch. */
  waitUntil(until: number): number {
    return this.#isPaused ? Math.min(until, Math.ceil(this.#deps.clock.now() + this.#patience)) : until;
  }

  get #isPaused(): boolean {
    return this.#times > 0 && this.#deps.clock.elapsed() < this.#ends;
  }

  /** For how long it is not given up on yet, in ms. */
  get #patience(): number {
    return this.#since + this.#deps.givenUpAfter - this.#deps.clock.elapsed();
  }

  #pause(until: number): number {
    const { clock } = this.#deps;
    this.#until = until;
    this.#ends = clock.elapsed() + until - clock.now();
    return until;
  }

  /** Half of it is drawn: so it grows, and processes that were refused together come back apart. */
  #wait(): number {
    const ceiling = Math.min(FIRST_MS * 2 ** (this.#times - 1), LONGEST_MS);
    return Math.ceil(ceiling * (0.5 + this.#deps.random() / 2));
  }
}
