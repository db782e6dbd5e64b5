import type { Clock, Timer } from '../core/clock.ts';
import type { EventMap } from '../core/events.ts';
import { type Counts, countsOf, OUTCOMES } from '../core/outcome.ts';

export interface SummaryLine {
  readonly source: string;
  readonly run: string | undefined;
  readonly outcomes: Counts;
  /** Such as `quote: 310 warmed, 4 unchanged`. */
  readonly text: string;
}

export interface OutcomeSummaryDeps {
  readonly clock: Clock;
  /** In ms: what ends within it shares a line. */
  readonly window: number;
  readonly write: (line: SummaryLine) => void;
}

/** Adds up the keys that ended, per source and run, and writes a line for each when the window closes. */
export class OutcomeSummary {
  readonly #deps: OutcomeSummaryDeps;
  readonly #groups = new Map<string, { source: string; run: string | undefined; counts: Counts }>();
  #timer: Timer | undefined;

  constructor(deps: OutcomeSummaryDeps) {
    this.#deps = deps;
  }

  add({ source, run, outcomes }: EventMap['keys:ended']): void {
    const name = `${source} ${run ?? ''}`;
    const group = this.#groups.get(name) ?? { source, run, counts: countsOf() };
    group.counts = countsOf(
      Object.fromEntries(OUTCOMES.map((each) => [each, group.counts[each] + (outcomes[each] ?? 0)])),
    );
    this.#groups.set(name, group);
    this.#timer ??= this.#deps.clock.after(this.#deps.window, () => this.flush());
  }

  /** Writes what has been added since the last time, without waiting for the window to close. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const { source, run, counts } of groups) {
      const counted = OUTCOMES.filter((outcome) => counts[outcome] > 0);
      if (counted.length === 0) continue;
      const words = counted.map((outcome) => `${counts[outcome]} ${outcome}`).join(', ');
      const text = `${source}: ${words}${run === undefined ? '' : ` (run ${run})`}`;
      this.#deps.write({ source, run, outcomes: counts, text });
    }
  }
}
