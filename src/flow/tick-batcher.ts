/** One that waits for an answer that others may wait for, too. */
export interface BatchedAsk<T> {
  readonly key: string;
  readonly item: T;
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers what is asked for in one turn of the event loop, each key once, and hands it over together: many who ask
 * independently share one round trip. `answer` ends each of them; what it rejects with, ends them all.
 */
export class TickBatcher<T> {
  readonly #answer: (asked: readonly BatchedAsk<T>[]) => Promise<void>;
  #batch = new Map<string, BatchedAsk<T>>();

  constructor(answer: (asked: readonly BatchedAsk<T>[]) => Promise<void>) {
    this.#answer = answer;
  }

  /** The answer for this key. Who asks for the same key later in the turn gets the same. */
  ask(key: string, item: T): Promise<unknown> {
    const known = this.#batch.get(key);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#batch.size === 0) this.#schedule();
    this.#batch.set(key, { key, item, promise, resolve, reject });
    return promise;
  }

  /** After everything that runs in this turn, so that those who ask independently meet. */
  #schedule(): void {
    void Promise.resolve().then(() => process.nextTick(() => void this.#flush()));
  }

  async #flush(): Promise<void> {
    const asked = [...this.#batch.values()];
    this.#batch = new Map();
    try {
      await this.#answer(asked);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
