import type { Clock, Timer } from '../core/clock.ts';
import type { EventMap } from '../core/events.ts';
import { addedUp, type Counts, countsOf, sumOf } from '../core/outcome.ts';

/** Keys that ended within one window: of one source and run, or of so many others together. */
export interface EndedKeys {
  readonly source?: string;
  readonly run?: string;
  readonly others?: number;
  readonly outcomes: Counts;
}

export interface OutcomeSummaryDeps {
  readonly clock: Clock;
  /** In ms: what ends within it shares a line. */
  readonly window: number;
  readonly write: (keys: EndedKeys) => void;
}

/** Sources and runs with a line of their own per window. */
const MOST_LINES = 20;

/** Adds up the keys that ended, per source and run, and writes a line for each when the window closes. */
export class OutcomeSummary {
  readonly #deps: OutcomeSummaryDeps;
  readonly #groups = new Map<string, EndedKeys>();
  #timer: Timer | undefined;

  constructor(deps: OutcomeSummaryDeps) {
    this.#deps = deps;
  }

  add({ source, run, outcomes }: EventMap['keys:ended']): void {
    const name = `${source} ${run ?? ''}`;
    const before = this.#groups.get(name)?.outcomes ?? countsOf();
    const about = { source, ...(run !== undefined && { run }) };
    this.#groups.set(name, { ...about, outcomes: addedUp([before, countsOf(outcomes)]) });
    this.#timer ??= this.#deps.clock.after(this.#deps.window, () => this.flush());
  }

  /** Writes what has been added since the last time, without waiting for the window to close. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const groups = [...this.#groups.values()].filter(({ outcomes }) => sumOf(outcomes) > 0);
    this.#groups.clear();
    const bySize = groups.toSorted((a, b) => sumOf(b.outcomes) - sumOf(a.outcomes));
    const shown = new Set(bySize.slice(0, MOST_LINES));
    for (const group of groups) if (shown.has(group)) this.#deps.write(group);
    const rest = bySize.slice(MOST_LINES);
    if (rest.length === 0) return;
    const outcomes = addedUp(rest.map((group) => group.outcomes));
    this.#deps.write({ others: rest.length, outcomes });
  }
}
