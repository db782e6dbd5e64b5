import type { Popularity } from '../catalog/popularity.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { count } from '../core/counted.ts';
import type { Events } from '../core/events.ts';
import type { HealthItem } from '../core/health.ts';
import { TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { settleBy } from '../flow/deadline.ts';
import { onErrand } from '../flow/errand.ts';
import type { Service } from '../flow/service.ts';
import type { MemoryTier } from '../tiers/memory/memory-tier.ts';
import type { Stack } from '../tiers/stack/stack.ts';

export interface MemoryFillDeps {
  readonly stack: Pick<Stack, 'readAgain'>;
  readonly memory: Pick<MemoryTier, 'usage'>;
  readonly popularity: Pick<Popularity, 'top'>;
  /** Those whose values are kept in memory. */
  readonly sources: Sources;
  readonly options: { readonly keys: number; readonly share: number; readonly within: number };
  /** Of memory, in bytes. */
  readonly maxSize: number;
  readonly clock: Clock;
  readonly events: Events;
}

const BATCH = 500;
/** Beyond this share of its bound, memory would push out what was just copied. */
const FULL = 0.9;
const RETRY_MS = 500;
/** How often `settled` looks, in ms. */
const POLL_MS = 20;

/**
 * Fills the memory of a process that has just started with the keys that were read most lately, hot sources first, as they are in the
 * tiers below. It looks through the stack, which copies what it finds upwards as old as it is, and it knows no origin. A tier that
 * does not answer is asked again, until the time is over.
 */
export class MemoryFill implements Service {
  readonly name = 'memory-fill';
  readonly #deps: MemoryFillDeps;
  readonly #stop = new AbortController();
  #work: Promise<void> | undefined;
  #began = 0;
  #looked = 0;
  #of: number | undefined;
  #isDone = false;

  constructor(deps: MemoryFillDeps) {
    this.#deps = deps;
  }

  /** Begins, and does not wait for it. */
  async start(): Promise<void> {
    if (this.#work !== undefined || this.#stop.signal.aborted) return;
    this.#began = this.#deps.clock.elapsed();
    this.#work = this.#fill()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#deps.events.emit('problem', { where: this.name, error });
      })
      .finally(() => {
        this.#isDone = true;
      });
  }

  async stop(deadline: number): Promise<void> {
    this.#stop.abort(new Error('the process is stopping'));
    if (this.#work !== undefined) await settleBy(this.#deps.clock, deadline, this.#work);
  }

  /** How far it is; well once enough was looked up, or its time is over. */
  item(): HealthItem {
    const { share, within } = this.#deps.options;
    const of = this.#of;
    const isEnough = of !== undefined && this.#looked >= of * share;
    if (this.#isDone || isEnough || this.#left() <= 0) return { name: 'memory', reason: null };
    const seconds = Math.ceil(this.#left() / 1_000);
    const far = of === undefined ? 'nothing yet' : `${count(this.#looked)} of ${count(of)} keys`;
    const percent = Math.round(share * 100);
    const reason = `it is being filled with what is read most: ${far}; ready at ${percent} %, or in ${seconds} of ${Math.ceil(within / 1_000)} s`;
    return { name: 'memory', reason };
  }

  /** Resolves when `item` is well. */
  async settled(): Promise<void> {
    while (this.item().reason !== null) await sleep(this.#deps.clock, POLL_MS, this.#stop.signal);
  }

  #left(): number {
    const { clock, options } = this.#deps;
    return this.#began + options.within - clock.elapsed();
  }

  async #fill(): Promise<void> {
    const { memory, maxSize } = this.#deps;
    const { signal } = this.#stop;
    const keys = await this.#inTime(() => this.#hottest());
    this.#of = keys.length;
    for (let from = 0; from < keys.length; from += BATCH) {
      const batch = keys.slice(from, from + BATCH);
      await this.#inTime(() => this.#copy(batch));
      this.#looked += batch.length;
      if ((await memory.usage(signal)).bytes > FULL * maxSize) return;
    }
  }

  async #hottest(): Promise<string[]> {
    const { sources, popularity, options, clock } = this.#deps;
    const all: string[] = [];
    for (const temperature of TEMPERATURES) {
      const own = [...sources.values()].filter((source) => source.temperature === temperature);
      const tops = await onErrand(() =>
        Promise.all(own.map(({ name }) => popularity.top(name, options.keys, clock.now()))),
      );
      all.push(
        ...tops
          .flat()
          .sort((a, b) => b.reads - a.reads)
          .map(({ key }) => key),
      );
    }
    return all.slice(0, options.keys);
  }

  /** Rejects when a tier that may have what was not found did not answer. */
  async #copy(keys: readonly string[]): Promise<void> {
    const { entries, silent } = await this.#deps.stack.readAgain(keys, this.#stop.signal);
    const isOpen = silent.some(({ places }) => places.some((place) => entries[place] === undefined));
    if (isOpen) throw new Error(`tier ${silent.map(({ tier }) => tier).join(', ')} did not answer`);
  }

  /** Does it again until it succeeds, or the time is over. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#stop.signal.aborted || this.#left() <= RETRY_MS) throw error;
        await sleep(this.#deps.clock, RETRY_MS, this.#stop.signal);
      }
    }
  }
}
