/** How often, in ms, this process asks for a turn. */
const EVERY_MS = 10;

/**
 * From now on: how much later than asked this process got its turns, all together, in ms. That is what other programs on the machine,
 * and much work at once in one process, add to every wait; a bound that is tested is of what the product waits for, without it.
 */
export function lateness(): () => number {
  let [late, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    late += Math.max(0, now - last - EVERY_MS);
    last = now;
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return late + Math.max(0, performance.now() - last - EVERY_MS);
  };
}
