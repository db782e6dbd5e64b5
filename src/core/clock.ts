/** A handle on a timer that has been set. Cancelling twice, or after it fired, is fine. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the rest of the code sees it. Nothing outside this file reads the machine's clock or sets a timer of
 * its own, so that a test can put a clock in and no test sleeps.
 */
export interface Clock {
  /** Wall-clock milliseconds since the Unix epoch. It may jump when the machine's clock is set. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary origin, for durations. */
  elapsed(): number;
  /** Calls `fire` once after `ms` milliseconds. Such a timer never keeps the process alive. */
  after(ms: number, fire: () => void): Timer;
}

/** The longest delay Node's timers hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

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
