/** How far back the rate looks, in milliseconds. */
const WINDOW_MS = 10_000;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Keys per second over the last seconds, and from it the time that is left. */
export class RateMeter {
  #samples: Sample[] = [];

  /** `at` in milliseconds on a clock that only goes forward; `done` never shrinks. */
  add(at: number, done: number): void {
    this.#samples.push({ at, done });
    const oldest = this.#samples.findLastIndex((sample) => at - sample.at >= WINDOW_MS);
    if (oldest > 0) this.#samples = this.#samples.slice(oldest);
  }

  /** What was is no measure any more of what will be. */
  forget(): void {
    this.#samples = [];
  }

  /** Undefined until there is something to judge by. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  /** Milliseconds until `pending` more are done; undefined when that cannot be estimated. */
  eta(pending: number): number | undefined {
    const rate = this.perSecond;
    return rate === undefined || rate <= 0 ? undefined : (pending * 1_000) / rate;
  }
}
