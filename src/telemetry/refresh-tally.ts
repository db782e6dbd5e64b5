import type { Clock, Timer } from '../core/clock.ts';
import type { EventMap } from '../core/events.ts';
import { type Counts, countsOf, OUTCOMES } from '../core/outcome.ts';

export interface TallyLine {
  readonly source: string;
  readonly run: string | undefined;
  readonly outcomes: Counts;
  /** Such as `quote: 310 warmed, 4 unchanged`. */
  readonly text: string;
}

interface TallyInit {
  readonly clock: Clock;
  /** In milliseconds: a line tells at most this much. */
  readonly window: number;
  readonly tell: (line: TallyLine) => void;
}

/** Adds up the keys that ended, per source and run, and tells them together when the window closes. */
export class RefreshTally {
  readonly #init: TallyInit;
  readonly #groups = new Map<string, { source: string; run: string | undefined; counts: Counts }>();
  #timer: Timer | undefined;

  constructor(init: TallyInit) {
    this.#init = init;
  }

  add({ source, run, outcomes }: EventMap['keys:ended']): void {
    const name = `${source} ${run ?? ''}`;
    const group = this.#groups.get(name) ?? { source, run, counts: countsOf() };
    group.counts = countsOf(
      Object.fromEntries(OUTCOMES.map((each) => [each, group.counts[each] + (outcomes[each] ?? 0)])),
    );
    this.#groups.set(name, group);
    this.#timer ??= this.#init.clock.after(this.#init.window, () => this.flush());
  }

  /** Tells what there is now. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const { source, run, counts } of groups) {
      const told = OUTCOMES.filter((outcome) => counts[outcome] > 0);
      if (told.length === 0) continue;
      const words = told.map((outcome) => `${counts[outcome]} ${outcome}`).join(', ');
      const text = `${source}: ${words}${run === undefined ? '' : ` (run ${run})`}`;
      this.#init.tell({ source, run, outcomes: counts, text });
    }
  }
}
