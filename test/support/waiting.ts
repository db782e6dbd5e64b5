/** Bounded waiting: for answers that no event announces, and for events that may never come. */

/**
 * How long a test waits for what must come, in ms. It ends a test that hangs and says nothing of the product: a busy machine takes
 * ten times as long for everything.
 */
export const TEST_PATIENCE = 90_000;

/** Rejects when `promise` takes longer. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} did not come within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const EVERY_MS = 10;

/** For what takes seconds, so that waiting for it costs little. */
export const SELDOM_MS = 200;

/** Asks again until the answer fits. Rejects with the last answer when none did in time. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  ms = TEST_PATIENCE,
  every = EVERY_MS,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > end) {
      throw new Error(
        `${what} did not come within ${ms} ms; last: ${JSON.stringify(answer)?.slice(0, 2_000)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
