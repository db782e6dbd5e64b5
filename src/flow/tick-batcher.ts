/** A key that was asked for, and the promise that everyone who asked for it got. */
export interface BatchedAsk<T, R> {
  readonly key: string;
  readonly item: T;
  readonly promise: Promise<R>;
  readonly resolve: (value: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers the keys that are asked for in one turn of the event loop, each once, and hands them over together: callers that
 * know nothing of each other share one round trip. `answer` settles each of them; if it rejects, all that are left reject.
 */
export class TickBatcher<T, R> {
  readonly #answer: (asked: readonly BatchedAsk<T, R>[]) => Promise<void>;
  #batch = new Map<string, BatchedAsk<T, R>>();

  constructor(answer: (asked: readonly BatchedAsk<T, R>[]) => Promise<void>) {
    this.#answer = answer;
  }

  /** The value for this key. All who ask for the same key in the same turn share one promise. */
  ask(key: string, item: T): Promise<R> {
    const known = this.#batch.get(key);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    if (this.#batch.size === 0) this.#schedule();
    this.#batch.set(key, { key, item, promise, resolve, reject });
    return promise;
  }

  /** After everything that runs in this turn, so that independent callers meet. */
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
