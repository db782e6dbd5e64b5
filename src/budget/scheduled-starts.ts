import type { Clock, Timer } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';

export interface ScheduledStartsDeps {
  readonly clock: Clock;
  /** A call may begin now. */
  readonly onStart: (start: Start) => void;
  /** A start was missed: its permit is not used. */
  readonly onMissed: () => void;
}

/** When a call may begin, under which stamp, by the limits of which epoch, and whether it is for a live miss. */
export interface Start {
  /** Monotonic ms. */
  readonly at: number;
  readonly stamp: Stamp;
  readonly epoch: number;
  readonly isLive: boolean;
}

/** A call that could not begin within this time after its start time gives it up: other processes count on theirs. */
const LATEST_START_MS = 50;

/**
 * Permits under a rate: each has a time at which its call may begin. They start as their times come, and never closer
 * together than the interval: calls that a busy process could not begin in time do not make up for it in a bunch, unless a burst is
 * allowed.
 */
export class ScheduledStarts {
  readonly #deps: ScheduledStartsDeps;
  /** Earliest first. */
  readonly #starts: Start[] = [];
  #apartMs = 0;
  #last = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(deps: ScheduledStartsDeps) {
    this.#deps = deps;
  }

  /** Adds starts, earliest first. Late ones stay so far apart; 0 where a burst is allowed. */
  add(starts: readonly Start[], apartMs: number): void {
    this.#apartMs = apartMs;
    this.#starts.push(...starts);
    this.#timer?.cancel();
    this.#startNext();
  }

  /** Forgets all that have not started; returns how many those are. */
  clear(): number {
    this.#timer?.cancel();
    return this.#starts.splice(0).length;
  }

  #startNext(): void {
    const { clock, onStart, onMissed } = this.#deps;
    for (;;) {
      const [next] = this.#starts;
      if (next === undefined) return;
      const now = clock.elapsed();
      const at = Math.max(next.at, this.#last + this.#apartMs);
      if (at - now >= 1) {
        this.#timer = clock.after(at - now, () => this.#startNext());
        return;
      }
      this.#starts.shift();
      if (Math.max(at, now) - next.at > LATEST_START_MS) {
        onMissed();
      } else {
        // A timer is late by up to a millisecond, which the next interval makes up for.
        this.#last = Math.max(at, now - 1);
        onStart(next);
      }
    }
  }
}
