import type { ChangeEvent } from './change-shapes.ts';

/** Events that one reader has not taken yet. */
export const MOST_WAITING = 1_000;

/** What waits for one reader: bounded, since it may never read. */
export class ChangeQueue {
  #events: ChangeEvent[] = [];
  #missed = false;
  #filled = Promise.withResolvers<void>();

  /** What does not fit is dropped, with all that waits: the reader has to read everything again. */
  put(event: ChangeEvent): void {
    if (this.#missed) return;
    this.#missed = this.#events.length >= MOST_WAITING;
    if (this.#missed) this.clear();
    else this.#events.push(event);
    this.#filled.resolve();
  }

  /** The oldest one. */
  take(): ChangeEvent | undefined {
    return this.#events.shift();
  }

  /** Whether some were dropped; says so once. */
  hasMissed(): boolean {
    const missed = this.#missed;
    this.#missed = false;
    return missed;
  }

  /** Resolves when there is something to take, or something was dropped. */
  async filled(): Promise<void> {
    if (this.#events.length > 0 || this.#missed) return;
    this.#filled = Promise.withResolvers<void>();
    await this.#filled.promise;
  }

  clear(): void {
    this.#events = [];
  }
}
