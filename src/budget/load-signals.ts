import { LIMIT_WINDOW_MS } from '../policy/limit.ts';
import { LatencyWindow } from './latency.ts';
import type { CallReport } from './ledger.ts';

/** What one process saw of an origin's load under the limits of an epoch and a version, as it tells the ledger. */
export interface LoadReport {
  /** Which limits: the epoch moves on when they are lowered, the version at each change. */
  readonly epoch: number;
  readonly version: number;
  readonly throttled: boolean;
  readonly failing: boolean;
  readonly slow: boolean;
}

/** Of fewer calls it cannot be said that most of them fail. */
const FEWEST = 4;

/**
 * What calls tell of the load: "slow down", failures, slow answers. Each counts only of a call that was permitted since the limits were
 * lowered last: what was under way then says nothing new, though a timeout may say it much later. How many there are makes no difference.
 */
export class LoadSignals {
  readonly #latency = new LatencyWindow();
  #epoch = 0;
  #version = 0;
  #throttled = false;
  #slow = false;
  #failed = 0;
  #ended = 0;
  /** When the window of failures and latencies began, monotonic ms. */
  #windowAt = 0;

  get epoch(): number {
    return this.#epoch;
  }

  /** A call that was permitted in that epoch ended. */
  count({ outcome, ms, kind }: CallReport, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#ended += 1;
    if (outcome === 'failed') this.#failed += 1;
    if (outcome === 'throttled') this.#throttled = true;
    if (outcome === 'ok' && kind !== undefined) this.#latency.add(kind, ms);
  }

  /** The limits that hold now; `now` is monotonic ms. */
  hold(epoch: number, version: number, now: number): void {
    const isLowered = epoch !== this.#epoch;
    if (isLowered) this.#throttled = false;
    if (isLowered || now - this.#windowAt >= LIMIT_WINDOW_MS) {
      this.#slow = this.#latency.close();
      this.#failed = 0;
      this.#ended = 0;
      this.#windowAt = now;
    }
    this.#epoch = epoch;
    this.#version = version;
  }

  get seen(): LoadReport {
    const failing = this.#ended >= FEWEST && this.#failed > this.#ended / 2;
    return {
      ...{ epoch: this.#epoch, version: this.#version },
      ...{ throttled: this.#throttled, failing, slow: this.#slow },
    };
  }
}
