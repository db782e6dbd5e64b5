import type { Clock } from '../../core/clock.ts';

/** How long a key that could not be loaded is left alone, in ms. */
const BACK_OFF_MS = 5_000;
/** The most keys that are remembered; the oldest are forgotten first. */
const MAX_KEYS = 10_000;

interface Failed {
  readonly until: number;
  readonly reason: string;
}

/** Keys that could not be loaded a moment ago, and why: reads of them do not try again yet. */
export class FailedKeys {
  readonly #clock: Clock;
  readonly #failed = new Map<string, Failed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why this key is left alone; undefined when it may be tried. */
  reasonOf(key: string): string | undefined {
    const failed = this.#failed.get(key);
    if (failed === undefined) return undefined;
    if (this.#clock.now() < failed.until) return failed.reason;
    this.#failed.delete(key);
    return undefined;
  }

  /** Keys, and why each could not be loaded. */
  add(reasons: Iterable<readonly [key: string, reason: string]>): void {
    const until = this.#clock.now() + BACK_OFF_MS;
    for (const [key, reason] of reasons) this.#failed.set(key, { until, reason });
    for (const key of this.#failed.keys()) {
      if (this.#failed.size <= MAX_KEYS) break;
      this.#failed.delete(key);
    }
  }
}
