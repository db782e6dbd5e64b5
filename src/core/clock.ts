/** A handle on a timer that has been set. Cancelling is idempotent, and does nothing after it fired. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the rest of the code sees it. Nothing outside this file reads the machine's clock or sets a timer of
 * its own, so that a test can pass in a clock and never has to sleep.
 */
export interface Clock {
  /** Wall-clock milliseconds since the Unix epoch. It may jump when the machine's clock is set. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary origin, for durations. */
  elapsed(): number;
  /** Calls `fire` once after `ms` milliseconds. Such a timer never keeps the process alive. */
  after(ms: number, fire: () => void): Timer;
}

/** The longest delay that Node's timers support; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    letGo(timer);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A timer of Node keeps its process alive unless it is told not to; that of a browser, where the API's client runs too, is a number. */
function letGo(timer: unknown): void {
  if (typeof timer !== 'object' || timer === null || !('unref' in timer)) return;
  if (typeof timer.unref === 'function') timer.unref();
}

/** Waits `ms` milliseconds, or rejects with the signal's reason as soon as `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A source of randomness: a number in [0, 1). Passed in, so that a test can replay a seed. */
export type Random = () => number;
