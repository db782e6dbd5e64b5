import { type Clock, sleep } from '../core/clock.ts';

/** Resolves when `work` has settled, whichever way, at the latest at `deadline` (ms on the clock). */
export async function settleBy(clock: Clock, deadline: number, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const late = sleep(clock, Math.max(0, deadline - clock.now()), enough.signal);
  await Promise.race([work, late]).catch(() => undefined);
  enough.abort();
  late.catch(() => undefined);
}
