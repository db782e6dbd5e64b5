import type { Popularity } from '../catalog/popularity.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { OnSample } from './key-sampler.ts';

export interface PopularityReporterDeps {
  readonly popularity: Popularity;
  /** Whether there is any use in telling now. */
  readonly reachable: () => boolean;
  readonly clock: Clock;
  /** What was sampled is told: a new interval begins. */
  readonly onRest: () => void;
}

/** Reads are told together, this often, in ms. */
const EVERY_MS = 5_000;
/** The most keys of a source that are gathered; what is read beside them until they are told is not counted. */
const MOST_KEYS = 10_000;

/** Gathers which keys are read, and tells the catalog now and then. Nobody waits for it; what cannot be told is lost. */
export class PopularityReporter {
  readonly #deps: PopularityReporterDeps;
  #gathered = new Map<string, Map<string, number>>();
  #timer: Timer | undefined;

  constructor(deps: PopularityReporterDeps) {
    this.#deps = deps;
  }

  sampler(source: string): OnSample {
    return (key, weight) => {
      const reads = this.#readsOf(source);
      const known = reads.get(key);
      if (known === undefined && reads.size >= MOST_KEYS) return;
      reads.set(key, (known ?? 0) + weight);
    };
  }

  /** Tells what was gathered. */
  async flush(): Promise<void> {
    const { popularity, reachable, clock, onRest } = this.#deps;
    this.#timer?.cancel();
    this.#timer = undefined;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    onRest();
    if (!reachable()) return;
    const at = clock.now();
    await Promise.allSettled([...gathered].map(([source, reads]) => popularity.count(source, reads, at)));
  }

  #readsOf(source: string): Map<string, number> {
    this.#timer ??= this.#deps.clock.after(EVERY_MS, () => void this.flush());
    const known = this.#gathered.get(source);
    if (known !== undefined) return known;
    const reads = new Map<string, number>();
    this.#gathered.set(source, reads);
    return reads;
  }
}
