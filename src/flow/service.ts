/**
 * Flow: starting, stopping, repeating, waiting and giving up, for everything above; no file here knows what is cached.
 *
 * - `service.ts`, `lifecycle.ts`: what lives as long as the process, started in order and stopped in reverse by a deadline.
 * - `repeat.ts`, `tick-batcher.ts`: work again and again, never two at once; and work of one turn of the event loop, together.
 * - `deadline.ts`, `abortable.ts`, `patience.ts`: waits that end by a time, by a signal, by a condition; and how long.
 * - `breaker.ts`, `backoff.ts`: whether to call something that fails, and when to try it again.
 * - `coarse-time.ts`: the time of day for code that asks for it millions of times a second.
 *
 * What must stay true: the clock and chance are passed in; no timer and no listener outlives the work that set it; timers keep
 * no process alive; a stop returns by its deadline whatever the work does; and what was given up is aborted where it listens.
 */

/**
 * Something long-lived that starts and stops. `stop` is idempotent, and allowed before and during `start`; it resolves when the
 * service holds nothing any more, at the latest at `deadline` (ms on the clock).
 */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(deadline: number): Promise<void>;
}
