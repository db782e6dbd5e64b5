import type { Popularity } from '../catalog/popularity.ts';
import type { Clock, Random, Timer } from '../core/clock.ts';
import { KeySampler } from './key-sampler.ts';

export interface PopularityReporterDeps {
  /** Names of the sources whose reads are counted. */
  readonly sources: Iterable<string>;
  readonly popularity: Pick<Popularity, 'count'>;
  /** Whether a report can succeed now. */
  readonly reachable: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** How often reads are reported, in ms. */
const REPORT_EVERY_MS = 5_000;
/** The most keys of a source in one report; reads of other keys are not counted until the next. */
const MAX_KEYS = 10_000;

/** Collects samples of which keys are read, and reports them to the catalog. No read waits for it; what cannot be reported is lost. */
export class PopularityReporter {
  readonly #deps: PopularityReporterDeps;
  /** By source. */
  readonly samplers: ReadonlyMap<string, KeySampler>;
  #collected = new Map<string, Map<string, number>>();
  #timer: Timer | undefined;

  constructor(deps: PopularityReporterDeps) {
    this.#deps = deps;
    const samplerFor = (source: string) =>
      new KeySampler((key, weight) => this.#collect(source, key, weight), deps.random);
    this.samplers = new Map([...deps.sources].map((source) => [source, samplerFor(source)]));
  }

  /** Reports what was collected, and begins a new interval. */
  async flush(): Promise<void> {
    const { popularity, reachable, clock } = this.#deps;
    this.#timer?.cancel();
    this.#timer = undefined;
    const collected = this.#collected;
    this.#collected = new Map();
    for (const sampler of this.samplers.values()) sampler.resetSampling();
    if (!reachable()) return;
    const at = clock.now();
    await Promise.allSettled([...collected].map(([source, reads]) => popularity.count(source, reads, at)));
  }

  #collect(source: string, key: string, weight: number): void {
    const reads = this.#readsOf(source);
    const known = reads.get(key);
    if (known === undefined && reads.size >= MAX_KEYS) return;
    reads.set(key, (known ?? 0) + weight);
  }

  #readsOf(source: string): Map<string, number> {
    this.#timer ??= this.#deps.clock.after(REPORT_EVERY_MS, () => void this.flush());
    const known = this.#collected.get(source);
    if (known !== undefined) return known;
    const reads = new Map<string, number>();
    this.#collected.set(source, reads);
    return reads;
  }
}
