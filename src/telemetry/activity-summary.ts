import type { Clock, Timer } from '../core/clock.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import { countsOf, OUTCOMES } from '../core/outcome.ts';
import type { Activity } from './lines/role-lines.ts';

export interface ActivitySummaryDeps {
  readonly clock: Clock;
  /** How often it is written, in ms. */
  readonly every: number;
  /** What this process has counted since it started. */
  readonly statistics: () => Statistics;
  /** What is left for all processes; undefined where nobody knows. */
  readonly left: () => Promise<{ readonly due: number; readonly waiting: number } | undefined>;
  readonly write: (activity: Activity) => void;
}

/** The sums of a process, of which two are compared. */
type Totals = Omit<Activity, 'ms' | 'hits' | 'due' | 'waiting'> & { readonly served: number };

/** Writes now and then what a process did, in one line; nothing while it does nothing, and then asks nobody either. */
export class ActivitySummary {
  readonly #deps: ActivitySummaryDeps;
  #before: Totals;
  #timer: Timer | undefined;

  constructor(deps: ActivitySummaryDeps) {
    this.#deps = deps;
    this.#before = totalsOf(deps.statistics());
    this.#later();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #later(): void {
    const { clock, every } = this.#deps;
    this.#timer = clock.after(every, () => void this.#look());
  }

  async #look(): Promise<void> {
    const now = totalsOf(this.#deps.statistics());
    const did = lessThan(now, this.#before);
    this.#before = now;
    if (did !== undefined) {
      const left = await this.#deps.left().catch(() => undefined);
      if (this.#timer === undefined) return;
      const { served, ...sums } = did;
      const hits = did.reads === 0 ? {} : { hits: served / did.reads };
      this.#deps.write({ ms: this.#deps.every, ...sums, ...hits, ...left });
    }
    this.#later();
  }
}

/** Reads as their callers saw them; what a tier was asked on the way does not count. */
function totalsOf({ outcomes, reads, origins }: Statistics): Totals {
  const own = reads.filter(({ tier }) => tier === 'stack');
  const sum = <T>(rows: readonly T[], value: (row: T) => number) =>
    rows.reduce((total, row) => total + value(row), 0);
  const failed = sum(origins, ({ retryable, throttled, permanent }) => retryable + throttled + permanent);
  return {
    outcomes: countsOf(Object.fromEntries(OUTCOMES.map((name) => [name, sum(outcomes, (row) => row[name])]))),
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
  const ended = OUTCOMES.reduce((total, name) => total + outcomes[name], 0);
  return ended + reads + calls === 0 ? undefined : { outcomes, reads, served, calls, failed };
}
