import type { CallHistory } from '../catalog/call-history.ts';
import { type CallRecord, NO_CALLS, sumOfCalls } from '../core/call-record.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { HOUR_MS } from '../core/units.ts';

export interface HistoryReporterDeps {
  readonly callHistory: Pick<CallHistory, 'report'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** How long what was seen waits for more before it is reported, in ms. */
const REPORT_AFTER_MS = 5_000;

interface Seen {
  readonly hour: number;
  readonly record: CallRecord;
}

/**
 * Adds up what calls of this process took, by source and hour, and reports it. Nothing waits for it: what cannot be reported now is
 * part of the next report of the same hour, or lost.
 */
export class HistoryReporter {
  readonly #deps: HistoryReporterDeps;
  readonly #seen = new Map<string, Seen>();
  readonly #unreported = new Set<string>();
  #timer: Timer | undefined;

  constructor(deps: HistoryReporterDeps) {
    this.#deps = deps;
    deps.events.on('calls:made', ({ source, calls }) => this.#add(source, calls));
  }

  /** Reports what was not reported yet. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const sources = [...this.#unreported];
    this.#unreported.clear();
    await Promise.allSettled(sources.map((source) => this.#report(source)));
  }

  async #report(source: string): Promise<void> {
    const seen = this.#seen.get(source);
    if (seen !== undefined) await this.#deps.callHistory.report(source, { ...seen.record, hour: seen.hour });
  }

  #add(source: string, calls: CallRecord): void {
    const hour = Math.floor(this.#deps.clock.now() / HOUR_MS) * HOUR_MS;
    const known = this.#seen.get(source);
    if (known !== undefined && known.hour !== hour && this.#unreported.has(source)) void this.flush();
    const before = known?.hour === hour ? known.record : NO_CALLS;
    this.#seen.set(source, { hour, record: sumOfCalls([before, calls]) });
    this.#unreported.add(source);
    this.#timer ??= this.#deps.clock.after(REPORT_AFTER_MS, () => void this.flush());
  }
}
