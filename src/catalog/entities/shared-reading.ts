import { abortable } from '../../flow/abortable.ts';
import { offErrand, onErrand } from '../../flow/errand.ts';

/**
 * One reading that several wait for. It is an errand of its own, so it does not end with the one that came first; it ends when nobody
 * waits for it any more.
 */
export class SharedReading<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    const { signal } = this.#controller;
    this.#result = offErrand(() =>
      onErrand((errand) => {
        signal.addEventListener('abort', () => errand.giveUp(signal.reason), { once: true });
        return read(signal);
      }),
    );
    // Whoever waits is told; nobody may wait any more.
    this.#result.catch(() => undefined);
  }

  /** Nobody waits for it any more: another one is to be begun. */
  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  async wait(signal: AbortSignal): Promise<T> {
    this.#waiting += 1;
    try {
      return await abortable(signal, this.#result);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort(new Error('nobody waits for the list any more'));
    }
  }
}
