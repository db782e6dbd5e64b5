/** The bounds of a search for the bad keys of a call. */

/** Bad keys that are looked for after one call; each takes two calls for every halving. */
const BAD_KEYS = 4;
/** Calls for every halving after which a search ends where nothing is answered. */
const FRUITLESS = 3;
/** Parts that all failed after which it is no key that is bad. */
const PARTS_OF_AN_OUTAGE = 5;

/**
 * A call that is refused, or that keeps failing, is cut in halves until the bad keys are alone. The search ends early where
 * no part of the call is answered.
 */
export class Halving {
  readonly #halvings: number;
  #calls = 0;
  #answered = false;

  constructor(keys: number) {
    this.#halvings = Math.ceil(Math.log2(Math.max(2, keys)));
  }

  /** A part of the call was answered. */
  answered(): void {
    this.#answered = true;
  }

  /** Whether one more call may be made; it counts. */
  next(): boolean {
    const most = (this.#answered ? 2 * BAD_KEYS : FRUITLESS) * this.#halvings;
    if (this.#calls >= most) return false;
    this.#calls += 1;
    return true;
  }

  /** Many parts were asked for, and none was answered. */
  get isFruitless(): boolean {
    return !this.#answered && this.#calls >= PARTS_OF_AN_OUTAGE;
  }
}

/** Two parts of about the same size. */
export function halvesOf<T>(all: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
