import type { Clock, Timer } from '../../core/clock.ts';
import { duration } from '../../core/options.ts';

/** A quiet bus must have been heard well before. */
const LEAST_MS = 5_000;

/** Of the memory tier, but the stack's to obey. */
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

/** Whether this process hears the bus, and so may believe what it holds in memory. */
export class BusHealth {
  readonly #clock: Clock;
  readonly #bound: number;
  #timer: Timer | undefined;
  #isLost = false;
  #news = 0;

  constructor({ clock, bound }: BusHealthDeps) {
    this.#clock = clock;
    this.#bound = bound;
  }

  /** The bus has been silent for longer than memory may be believed. */
  get isStale(): boolean {
    return this.#isLost;
  }

  /** Changes whenever something may have been invalidated: everything has been heard, or this process has announced something. */
  get generation(): number {
    return this.#news;
  }

  /** Everything that was announced until then, by the monotonic clock, has been heard. */
  caughtUp(until: number): void {
    this.#news += 1;
    this.#timer?.cancel();
    const left = until + this.#bound - this.#clock.elapsed();
    this.#isLost = left <= 0;
    if (this.#isLost) return;
    this.#timer = this.#clock.after(left, () => {
      this.#isLost = true;
    });
  }

  /** This process has announced something itself, and knows of it before it hears. */
  published(): void {
    this.#news += 1;
  }

  /** Nobody listens any more, or yet. */
  close(): void {
    this.#timer?.cancel();
  }
}

interface Made<T> {
  readonly generation: number;
  /** Undefined: not asked, or not told. */
  readonly position: string | undefined;
  readonly made: T;
}

/**
 * Answers what was made last, or makes it anew when there has been news since: what it holds may have been invalidated. News may
 * be on their way still: who asks is told where the bus stands, too, if the jobs Redis answers.
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
    const isMoved = position !== undefined && position !== last?.position;
    if (last === undefined || last.generation !== generation || isMoved)
      last = { generation, position, made: make() };
    return last.made;
  };
}

/** For a stack whose memory nobody else's invalidations concern. */
export const ALWAYS_CURRENT: Pick<BusHealth, 'isStale'> = { isStale: false };
