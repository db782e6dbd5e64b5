/**
 * The timer of schedulers. Each wait is for a second at most, and by the monotonic clock: whatever the machine's clock or its zone
 * do meanwhile, the next wake is no further away. A library that goes by the clock on the wall woke nobody in the hour that comes
 * twice (`docs/decisions/timer-of-schedulers.md`).
 */
import type { Clock, Timer } from '../core/clock.ts';

export interface RunningTimer {
  /** It calls nothing any more. Idempotent. */
  stop(): void;
}

/** Calls `wake` at the beginning of each second, until it is stopped. It never keeps the process alive. */
export type EachSecond = (wake: () => void) => RunningTimer;

export function eachSecondOf(clock: Clock): EachSecond {
  return (wake) => {
    let timer: Timer;
    const arm = () => {
      timer = clock.after(1_000 - (clock.now() % 1_000), () => {
        arm();
        wake();
      });
    };
    arm();
    return { stop: () => timer.cancel() };
  };
}
