import type { Clock } from '../core/clock.ts';
import { WHOLE_READ } from '../core/metrics/read-counts.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import { addedUp, countsOf, OUTCOMES, sumOf } from '../core/outcome.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Activity } from '../telemetry/lines/role-lines.ts';

export interface ActivitySummaryDeps {
  readonly clock: Clock;
  /** The pause between two of them, in ms. */
  readonly every: number;
  /** What this process has counted since it started. */
  readonly statistics: () => Statistics;
  /** What is left for all processes; undefined where nobody knows. */
  readonly left: () => Promise<{ readonly due: number; readonly waiting: number } | undefined>;
  readonly write: (activity: Activity) => void;
  /** Told of a summary that could not be written; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

/** The sums of a process, of which two are compared. */
type Totals = Omit<Activity, 'ms' | 'hits' | 'due' | 'waiting'> & { readonly served: number };

/** Writes now and then what a process did, in one line; nothing while it does nothing, and then asks nobody either. */
export class ActivitySummary {
  readonly #deps: ActivitySummaryDeps;
  readonly #repeat: Repeat;
  #before: Totals;
  /** When that was, on the monotonic clock. */
  #at: number;

  constructor(deps: ActivitySummaryDeps) {
    this.#deps = deps;
    const { clock, every, onError } = deps;
    this.#before = totalsOf(deps.statistics());
    this.#at = clock.elapsed();
    this.#repeat = new Repeat({ clock, every, work: (signal) => this.#look(signal), onError });
    this.#repeat.start();
  }

  close(): void {
    void this.#repeat.stop(this.#deps.clock.now());
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock, statistics, left, write } = this.#deps;
    const [now, at] = [totalsOf(statistics()), clock.elapsed()];
    const [did, ms] = [lessThan(now, this.#before), at - this.#at];
    this.#before = now;
    this.#at = at;
    if (did === undefined) return;
    const rest = await left().catch(() => undefined);
    if (signal.aborted) return;
    const { served, ...sums } = did;
    const hits = did.reads === 0 ? {} : { hits: served / did.reads };
    write({ ms, ...sums, ...hits, ...rest });
  }
}

/** Reads as their callers saw them; what a tier was asked on the way does not count. */
function totalsOf({ outcomes, reads, origins }: Statistics): Totals {
  const own = reads.filter(({ tier }) => tier === WHOLE_READ);
  const sum = <T>(rows: readonly T[], value: (row: T) => number) =>
    rows.reduce((total, row) => total + value(row), 0);
  const failed = sum(origins, ({ retryable, throttled, permanent }) => retryable + throttled + permanent);
  return {
    outcomes: addedUp(outcomes),
    reads: sum(own, ({ hits, stale, absent, misses, errors }) => hits + stale + absent + misses + errors),
    served: sum(own, ({ hits }) => hits),
    calls: failed + sum(origins, ({ ok }) => ok),
    failed,
  };
}

/** What came since; undefined: nothing. */
function lessThan(now: Totals, before: Totals): Totals | undefined {
  const outcomes = countsOf(
    Object.fromEntries(OUTCOMES.map((name) => [name, now.outcomes[name] - before.outcomes[name]])),
  );
  const [reads, served] = [now.reads - before.reads, now.served - before.served];
  const [calls, failed] = [now.calls - before.calls, now.failed - before.failed];
  return sumOf(outcomes) + reads + calls === 0 ? undefined : { outcomes, reads, served, calls, failed };
}
