import type { Clock } from '../../core/clock.ts';

/** How long a key that could not be loaded is left alone, in ms. */
const BACK_OFF_MS = 5_000;
/** The most keys that are remembered; the oldest are forgotten first. */
const MAX_KEYS = 10_000;

/** Keys that could not be loaded a moment ago: reads of them do not try again yet. */
export class FailedKeys {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(key);
    return false;
  }

  add(keys: readonly string[]): void {
    const until = this.#clock.now() + BACK_OFF_MS;
    for (const key of keys) this.#until.set(key, until);
    for (const key of this.#until.keys()) {
      if (this.#until.size <= MAX_KEYS) break;
      this.#until.delete(key);
    }
  }
}
