/**
 * Something long-lived that starts and stops. `stop` before `start`, twice, or during `start` is fine; it resolves when
 * the service holds nothing any more, at the latest at `deadline` (ms on the clock).
 */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(deadline: number): Promise<void>;
}
