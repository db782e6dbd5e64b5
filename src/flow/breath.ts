import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** How long work may go on before others get their turn, in ms. */
const SLICE_MS = 10;

/** Long work over many small pieces, in slices: nobody else in this process waits for more than one of them. */
export class Breath {
  readonly #clock: Clock;
  #since: number;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    this.#since = clock.elapsed();
  }

  /** Whether the slice is over: asked between pieces, since waiting for each would cost more than they do. */
  get isDue(): boolean {
    return this.#clock.elapsed() - this.#since >= SLICE_MS;
  }

  /** Lets others have their turn. */
  async take(): Promise<void> {
    await setImmediate();
    this.#since = this.#clock.elapsed();
  }
}
