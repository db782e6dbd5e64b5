import type { Popularity } from '../catalog/popularity.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { count, countedWith } from '../core/counted.ts';
import { ERRORS, ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { HealthItem } from '../core/health.ts';
import { TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { settleBy } from '../flow/deadline.ts';
import { onErrand } from '../flow/errand.ts';
import type { Service } from '../flow/service.ts';
import type { MemoryTier } from '../tiers/memory/memory-tier.ts';
import { type Stack, silentTiers } from '../tiers/stack/stack.ts';

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
 * does not answer holds up no other: the keys that it keeps open are asked for again at the end, until the time is over.
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
  #silent: readonly string[] = [];

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
    this.#stop.abort(new ForewarmError('E_NOT_READY', 'the process is stopping'));
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
    const keys = await this.#hottest();
    this.#of = keys.length;
    const open: (readonly string[])[] = [];
    for (let from = 0; from < keys.length; from += BATCH) {
      const left = await this.#copy(keys.slice(from, from + BATCH));
      if (await this.#isFull()) return;
      if (left.length > 0) open.push(left);
    }
    await this.#copyAgain(open);
  }

  /** A colder source is asked only for what the hotter ones leave room for. */
  async #hottest(): Promise<string[]> {
    const { sources, popularity, options, clock } = this.#deps;
    let keys: string[] = [];
    for (const temperature of TEMPERATURES) {
      const room = options.keys - keys.length;
      if (room <= 0) break;
      const own = [...sources.values()].filter((source) => source.temperature === temperature);
      const tops = await this.#inTime(() =>
        onErrand(() => Promise.all(own.map(({ name }) => popularity.top(name, room, clock.now())))),
      );
      const ranked = tops.flat().sort((a, b) => b.reads - a.reads);
      keys = keys.concat(ranked.slice(0, room).map(({ key }) => key));
    }
    return keys;
  }

  /** Those that a tier kept open: one batch at a time, so that a tier that stays silent costs the others little. */
  async #copyAgain(open: (readonly string[])[]): Promise<void> {
    for (let batch = open.shift(); batch !== undefined; batch = open.shift()) {
      const left = await this.#copy(batch);
      if (await this.#isFull()) return;
      if (left.length === 0) continue;
      open.push(left);
      if (this.#left() <= RETRY_MS) throw this.#silence(open.flat().length);
      await sleep(this.#deps.clock, RETRY_MS, this.#stop.signal);
    }
  }

  /** Returns those that were not found while a tier that may have them did not answer. */
  async #copy(keys: readonly string[]): Promise<string[]> {
    const { entries, silent } = await this.#deps.stack.readAgain(keys, this.#stop.signal);
    const mayHave = silentTiers(silent);
    const open = keys.filter((_, place) => entries[place] === undefined && mayHave(place).length > 0);
    if (open.length > 0) this.#silent = silent.map(({ tier }) => tier);
    this.#looked += keys.length - open.length;
    return open;
  }

  async #isFull(): Promise<boolean> {
    const { memory, maxSize } = this.#deps;
    return (await memory.usage(this.#stop.signal)).bytes > FULL * maxSize;
  }

  #silence(keys: number): ForewarmError {
    const tiers = this.#silent.join(', ');
    return new ForewarmError(
      'E_TIER_UNAVAILABLE',
      `${countedWith(keys, 'key', ['was', 'were'])} not copied into memory: tier ${tiers} did not answer`,
      { details: { tiers: this.#silent } },
    );
  }

  /** Does it again until who is asked answers, or the time is over. What will fail again is not done again. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#stop.signal.aborted || this.#left() <= RETRY_MS || !isOutage(error)) throw error;
        await sleep(this.#deps.clock, RETRY_MS, this.#stop.signal);
      }
    }
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof ForewarmError && ERRORS[error.code].status === 503;
}
