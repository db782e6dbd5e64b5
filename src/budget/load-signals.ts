import { LIMIT_WINDOW_MS, type LimitKind } from '../policy/limit.ts';
import { LatencyWindow } from './latency.ts';
import type { CallReport } from './ledger.ts';
import { type CallLevel, LoadLevels } from './levels.ts';

/** What one process saw of an origin's load under the limits of an epoch and a version, as it tells the ledger. */
export interface LoadReport {
  /** Which limits: the epoch moves on when they are lowered, the version at each change. */
  readonly epoch: number;
  readonly version: number;
  /** The origin said "slow down": which of its limits was exceeded, as it seems. */
  readonly throttled: LimitKind | undefined;
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
  readonly #levels = new LoadLevels();
  #epoch = 0;
  #version = 0;
  #throttled: LimitKind | undefined;
  #slow = false;
  #failed = 0;
  #ended = 0;
  /** When the window of failures and latencies began, monotonic ms. */
  #windowAt = 0;

  get epoch(): number {
    return this.#epoch;
  }

  /** A call that was permitted in that epoch begins; `now` is monotonic ms. */
  begin(epoch: number, now: number): CallLevel {
    return this.#levels.begin(epoch, now);
  }

  /** It has ended; without a report, none was made. */
  end(call: CallLevel, report: CallReport | undefined, now: number): void {
    this.#levels.end(call, report && report.outcome !== 'throttled', now);
    if (report === undefined || call.epoch !== this.#epoch) return;
    const { outcome, ms, kind } = report;
    this.#ended += 1;
    if (outcome === 'failed') this.#failed += 1;
    if (outcome === 'throttled') this.#levels.refused(call, now);
    else this.#levels.letIn(call);
    if (outcome === 'ok' && kind !== undefined) this.#latency.add(kind, ms);
    this.#throttled = this.#levels.exceededAt(now) ?? this.#throttled;
  }

  /** The limits that hold now, and how many calls other processes have in flight; `now` is monotonic ms. */
  hold(epoch: number, version: number, elsewhere: number, now: number): void {
    const isLowered = epoch !== this.#epoch;
    this.#levels.hold(elsewhere, now);
    if (isLowered) {
      this.#throttled = undefined;
      this.#levels.clear();
    }
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
