import type { Clock, Timer } from '../../core/clock.ts';
import { duration } from '../../core/options.ts';

/** Even a quiet bus is heard more often than this. */
const LEAST_MS = 5_000;

/** Configured with the memory tier, and obeyed by the stack. */
export const busHealthOptions = {
  maxAgeWithoutBus: duration()
    .refine((ms) => ms >= LEAST_MS, 'must be at least 5s: a quiet bus is heard every second')
    .prefault('5m')
    .describe(
      'How long memory goes on answering while the bus cannot be heard; then the tiers below are asked until it can.',
    ),
};

export interface BusHealthDeps {
  readonly clock: Clock;
  /** How long the bus may be silent, in ms. */
  readonly bound: number;
}

/** Whether this process hears the bus, and so may trust what it holds in memory. */
export class BusHealth {
  readonly #clock: Clock;
  readonly #bound: number;
  #timer: Timer | undefined;
  #isLost = false;
  #generation = 0;

  constructor({ clock, bound }: BusHealthDeps) {
    this.#clock = clock;
    this.#bound = bound;
  }

  /** The bus has been silent for longer than memory may be trusted. */
  get isStale(): boolean {
    return this.#isLost;
  }

  /** Changes whenever something may have been invalidated: messages were heard, or this process announced something. */
  get generation(): number {
    return this.#generation;
  }

  /** Everything that was announced until then, by the monotonic clock, has been heard. */
  caughtUp(until: number): void {
    this.#generation += 1;
    this.#timer?.cancel();
    const left = until + this.#bound - this.#clock.elapsed();
    this.#isLost = left <= 0;
    if (this.#isLost) return;
    this.#timer = this.#clock.after(left, () => {
      this.#isLost = true;
    });
  }

  /** This process announced something, and knows it before it hears it. */
  published(): void {
    this.#generation += 1;
  }

  /** Nothing is listening any more. */
  close(): void {
    this.#timer?.cancel();
  }
}

interface Made<T> {
  readonly generation: number;
  /** Undefined: not asked for, or unknown. */
  readonly position: string | undefined;
  readonly made: T;
}

/**
 * Returns what was made last, or makes another one where something may have been invalidated since. With `asks` the jobs Redis says
 * where the bus stands, and that decides: messages may still be on their way here, and a bus that is heard may have nothing to say.
 * Where it does not answer, whatever was heard counts.
 */
export function perGeneration<T>(
  busHealth: Pick<BusHealth, 'generation'>,
  positionOf: () => Promise<string | undefined>,
  make: () => T,
): (asks: boolean) => Promise<T> {
  let last: Made<T> | undefined;
  return async (asks) => {
    const position = asks ? await positionOf() : undefined;
    const { generation } = busHealth;
    const isCurrent = position === undefined ? last?.generation === generation : last?.position === position;
    if (last === undefined || !isCurrent) last = { generation, position, made: make() };
    return last.made;
  };
}

/** For a stack whose memory no other process can invalidate. */
export const ALWAYS_CURRENT: Pick<BusHealth, 'isStale'> = { isStale: false };
