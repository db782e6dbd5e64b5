import type { Catalog } from '../catalog/catalog.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Params, Source } from '../core/source.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Leases } from './leases.ts';
import { LoadPoller } from './load-poller.ts';
import type { MissingKey, MissLoader } from './pending-read.ts';

/** Hands keys to the workers; `urgent` ones before all others. */
export type AskWorkers = (source: Source, keys: readonly string[], urgent: boolean) => Promise<void>;

export interface WorkerLoaderDeps {
  readonly stack: Stack;
  readonly leases: Leases;
  readonly catalog: Pick<Catalog, 'remember'>;
  readonly askWorkers: AskWorkers;
  readonly clock: Clock;
  readonly events: Events;
}

/** A key that was asked for is not asked for again for so long, by any process, in ms. */
const ASKED_MS = 10_000;
/** Due keys are asked for together after this time, in ms. */
const GATHER_MS = 50;
/** The most keys of a source that are gathered, and the most that are remembered as asked for. */
const MOST_GATHERED = 10_000;
const MOST_ASKED = 50_000;

/** Asks the workers: for what readers lack, and ahead of time for what they read that is due. */
export class WorkerLoader implements MissLoader {
  readonly #deps: WorkerLoaderDeps;
  readonly #due = new Map<Source, Set<string>>();
  /** Until when a key counts as asked for, by this process. The oldest come first. */
  readonly #asked = new Map<string, number>();
  #gathering: Timer | undefined;

  constructor(deps: WorkerLoaderDeps) {
    this.#deps = deps;
  }

  /** These are due: they are asked for soon, once in the cluster. Nobody waits for it. */
  ahead(source: Source, keys: readonly string[]): void {
    const now = this.#deps.clock.now();
    const gathered = this.#due.get(source) ?? new Set();
    for (const key of keys) {
      if ((this.#asked.get(key) ?? 0) > now || gathered.size >= MOST_GATHERED) continue;
      this.#note(key, now + ASKED_MS);
      gathered.add(key);
    }
    if (gathered.size === 0) return;
    this.#due.set(source, gathered);
    this.#gathering ??= this.#deps.clock.after(GATHER_MS, () => this.#flush());
  }

  async load(
    source: Source,
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#ask(source, lacks, true);
    const arrivals = new LoadPoller({ ...this.#deps, patience: source.miss.hardDeadline });
    await arrivals.wait(lacks, landed, async (open) => open, signal);
  }

  #flush(): void {
    this.#gathering = undefined;
    for (const [source, keys] of this.#due) {
      const lacks = [...keys].map((key) => ({ key, params: undefined }));
      this.#ask(source, lacks, false).catch((error: unknown) => {
        // Without Redis nobody can be asked. The value is fresh, and the next read asks again.
        for (const key of keys) this.#asked.delete(key);
        if (this.#deps.leases.reachable())
          this.#deps.events.emit('problem', {
            where: `asking for what is due of source "${source.name}"`,
            error,
          });
      });
    }
    this.#due.clear();
  }

  async #ask(source: Source, lacks: readonly MissingKey[], urgent: boolean): Promise<void> {
    const { leases, catalog, askWorkers } = this.#deps;
    const firsts = await leases.mark(
      source.name,
      lacks.map(({ key }) => (urgent ? `${key}!` : key)),
      ASKED_MS,
    );
    const first = lacks.filter((_, i) => firsts[i] === true);
    if (first.length === 0) return;
    const hashed = first.flatMap(({ key, params }): [string, Params][] =>
      params === undefined ? [] : [[key, params]],
    );
    if (hashed.length > 0) await catalog.remember(source.name, new Map(hashed));
    await askWorkers(
      source,
      first.map(({ key }) => key),
      urgent,
    );
  }

  #note(key: string, until: number): void {
    this.#asked.delete(key);
    this.#asked.set(key, until);
    for (const old of this.#asked.keys()) {
      if (this.#asked.size <= MOST_ASKED) break;
      this.#asked.delete(old);
    }
  }
}
