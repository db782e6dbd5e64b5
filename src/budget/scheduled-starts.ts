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
  /** A call that could not begin by then gives it up: other processes count on their own times. */
  readonly latest: number;
  readonly stamp: Stamp;
  readonly epoch: number;
  readonly isLive: boolean;
  /** It keeps its distance from the others; what is kept for live misses need not. */
  readonly isPaced: boolean;
}

/** How long after its time a call may begin, in ms: the most, and the least, which a timer needs. */
export const LATEST_START_MS = 20;
const TIMER_MS = 5;

/** How long after its time a call may begin, in ms, where a rate leaves so much room; undefined without a rate. */
export function latestStart(roomMs: number | undefined): number {
  return Math.min(LATEST_START_MS, Math.max(TIMER_MS, roomMs ?? LATEST_START_MS));
}

/**
 * Permits under a rate: each has a time at which its call may begin. They start as their times come, and never closer
 * together than half the interval: calls that a busy process could not begin in time make up for it, but not in a bunch, unless a
 * burst is allowed.
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

  /** Adds starts of calls so far apart; 0 where a burst is allowed. */
  add(starts: readonly Start[], apartMs: number): void {
    this.#apartMs = apartMs;
    this.#starts.push(...starts);
    this.#starts.sort((a, b) => a.at - b.at);
    this.#timer?.cancel();
    this.#startNext();
  }

  /** Calls that are to begin. */
  get size(): number {
    return this.#starts.length;
  }

  count(isLive: boolean): number {
    return this.#starts.filter((start) => start.isLive === isLive).length;
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
      const at = next.isPaced ? Math.max(next.at, this.#last + this.#apartMs / 2) : next.at;
      if (at - now >= 1) {
        this.#timer = clock.after(at - now, () => this.#startNext());
        return;
      }
      this.#starts.shift();
      if (Math.max(at, now) > next.latest) {
        onMissed();
      } else {
        // A timer is late by up to a millisecond, which the next interval makes up for.
        if (next.isPaced) this.#last = Math.max(at, now - 1);
        onStart(next);
      }
    }
  }
}
