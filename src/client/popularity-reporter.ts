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
/** And that there are none, of sources that were read before: who judges keys by their reads must know that somebody counts. */
const SILENT_FOR_MS = 60_000;
/** The most keys of a source in one report; reads of other keys are not counted until the next. */
const MAX_KEYS = 10_000;

/** Collects samples of which keys are read, and reports them to the catalog. No read waits for it; what cannot be reported is lost. */
export class PopularityReporter {
  readonly #deps: PopularityReporterDeps;
  /** By source. */
  readonly samplers: ReadonlyMap<string, KeySampler>;
  #collected = new Map<string, Map<string, number>>();
  #timer: Timer | undefined;
  /** When each source that was read was last reported, ms since the epoch. */
  readonly #reported = new Map<string, number>();
  #silence: Timer | undefined;
  #isClosed = false;

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
    const at = clock.now();
    this.#listen(collected.keys(), at);
    if (!reachable()) return;
    for (const [source, last] of this.#reported)
      if (at - last >= SILENT_FOR_MS) collected.set(source, collected.get(source) ?? new Map());
    for (const source of collected.keys()) this.#reported.set(source, at);
    await Promise.allSettled([...collected].map(([source, reads]) => popularity.count(source, reads, at)));
  }

  /** The last report. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#silence?.cancel();
    await this.flush();
  }

  /** From now on it is told of these sources as well that nobody reads them. */
  #listen(sources: Iterable<string>, at: number): void {
    for (const source of sources) if (!this.#reported.has(source)) this.#reported.set(source, at);
    this.#silence?.cancel();
    if (this.#isClosed || this.#reported.size === 0) return;
    this.#silence = this.#deps.clock.after(SILENT_FOR_MS, () => void this.flush());
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
