import type { Clock } from '../../core/clock.ts';

/** What knows the time of the jobs Redis. */
interface Timekeeper {
  /** By how much the clock of this host is behind it, in ms; negative when it is ahead. */
  readonly behind: number;
}

/** The time that ages and times are shown by: that of the jobs Redis, which they come from, once an app knows it; else the host's. */
export class ShownTime {
  readonly #clock: Pick<Clock, 'now'>;
  #keeper: Timekeeper | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  goBy(keeper: Timekeeper): void {
    this.#keeper = keeper;
  }

  now(): number {
    return this.#clock.now() + (this.#keeper?.behind ?? 0);
  }
}
