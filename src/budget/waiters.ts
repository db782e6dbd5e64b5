import type { Permit } from './ledger.ts';

/** A caller that waits for a permit. It is served once, unless it has given up. */
export interface Waiter {
  readonly grant: (permit: Permit) => void;
  readonly refuse: (reason: unknown) => void;
}

interface Place extends Waiter {
  readonly isGone: () => boolean;
}

/** The callers that wait at one origin, first come first served. One that gives up frees its place at once. */
export class Waiters {
  readonly #places: Place[] = [];

  /** How many still wait. */
  get count(): number {
    while (this.#places[0]?.isGone() === true) this.#places.shift();
    return this.#places.length;
  }

  add(signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let settled = false;
      const onAbort = () => {
        settled = true;
        reject(signal.reason);
      };
      const settle = () => {
        settled = true;
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#places.push({
        isGone: () => settled,
        grant: (permit) => {
          settle();
          resolve(permit);
        },
        refuse: (reason) => {
          settle();
          reject(reason);
        },
      });
    });
  }

  /** Takes the first one that still waits out of the queue. */
  next(): Waiter | undefined {
    for (;;) {
      const place = this.#places.shift();
      if (place === undefined || !place.isGone()) return place;
    }
  }

  refuseAll(reason: unknown): void {
    for (const place of this.#places.splice(0)) if (!place.isGone()) place.refuse(reason);
  }
}
