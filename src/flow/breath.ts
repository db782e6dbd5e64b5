import type { Clock } from '../core/clock.ts';

/** How long work may go on before others get their turn, in ms. */
const SLICE_MS = 10;
/** Very small pieces between two looks at the time. */
const STRIDE = 1_000;

/**
 * Whoever has taken a breath, in the order in which they did. One goes on in each turn of the event loop: all of them in one turn would
 * make it as long as their slices together. A process has one event loop, and so one such queue.
 */
const resting: (() => void)[] = [];

function goOn(): void {
  resting.shift()?.();
  if (resting.length > 0) setImmediate(goOn);
}

/** Resolves when all others have had their turn, and those who rest already. */
export function rest(): Promise<void> {
  return new Promise<void>((resolve) => {
    resting.push(resolve);
    if (resting.length === 1) setImmediate(goOn);
  });
}

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

  /** The same, where that is asked at each of very small pieces: `count` is how many there were. */
  isDueAt(count: number): boolean {
    return count % STRIDE === 0 && this.isDue;
  }

  /** Lets others have their turn. */
  async take(): Promise<void> {
    await rest();
    this.#since = this.#clock.elapsed();
  }
}
