import type { Clock } from '../core/clock.ts';

/**
 * The clock of a browser or a program. Its timers keep a program alive, unlike those of `systemClock`: one that follows a run waits for
 * nothing else between two connections. They are cancelled as soon as their call has ended.
 */
export const wallClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
