import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import type { Source } from '../core/source.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Fetcher } from './fetcher.ts';
import type { Leases } from './leases.ts';
import { LoadPoller } from './load-poller.ts';
import type { MissingKey, MissLoader } from './pending-read.ts';

export interface OriginLoaderDeps {
  readonly stack: Stack;
  readonly leases: Leases;
  readonly fetcher: Fetcher;
  readonly clock: Clock;
}

/** A lease is prolonged while its fetch goes on; that of a process that died is free after this, in ms. */
const LEASE_MS = 5_000;
const KEEP_EVERY_MS = 1_500;
/** How long no process fetches a key whose fetch failed, in ms. */
const REST_MS = 5_000;
/** How often it is looked whether Redis is there still, in ms. */
const LOOK_MS = 100;
/** A fetch that an invalidation overtook is begun anew so often. */
const MOST_TRIES = 3;

/**
 * Fetches here what readers lack, one process for each key: a lease tells which. The others wait until the value lands in
 * the tiers, and take over should the one that has the lease fail or die.
 */
export class OriginLoader implements MissLoader {
  readonly #deps: OriginLoaderDeps;

  constructor(deps: OriginLoaderDeps) {
    this.#deps = deps;
  }

  async load(
    source: Source,
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const arrivals = new LoadPoller({ ...this.#deps, patience: source.miss.hardDeadline });
    const fetches: Promise<void>[] = [];
    const take = async (open: readonly MissingKey[]) => {
      const answers = await this.#take(source, open);
      const mine = open.filter((_, i) => answers[i] === 'taken');
      if (mine.length > 0) {
        const fetch = this.#whileReachable(this.#fetch(source, mine, landed, signal));
        // Awaited below, when there is nothing to wait for from others.
        fetch.catch(() => undefined);
        fetches.push(fetch);
      }
      return open.filter((_, i) => answers[i] === 'held');
    };
    await arrivals.wait(await take(lacks), landed, take, signal);
    await Promise.all(fetches);
  }

  #take({ name }: Source, lacks: readonly MissingKey[]) {
    return this.#deps.leases.take(name, lacks.map(keyOf), LEASE_MS);
  }

  async #fetch(
    source: Source,
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { leases, fetcher } = this.#deps;
    const open = new Map(lacks.map((lack) => [lack.key, lack]));
    const over = new AbortController();
    const keeping = this.#keep(source.name, open, over.signal);
    const onLanded = (keys: readonly string[]) => {
      for (const key of keys) open.delete(key);
      landed(keys);
      void leases.release(source.name, keys).catch(() => undefined);
    };
    try {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const left = tries === 0 ? lacks : await this.#overtaken([...open.values()]);
        if (left.length === 0) break;
        await fetcher.fetch(source, left, onLanded, signal);
      }
    } finally {
      over.abort();
      await keeping;
      await this.#letGo(source.name, [...open.keys()], signal.aborted);
    }
  }

  /** What could not be had is left alone for a while, unless it is this process that stops. */
  async #letGo(source: string, keys: readonly string[], stops: boolean): Promise<void> {
    const { leases } = this.#deps;
    if (keys.length === 0) return;
    await (stops ? leases.release(source, keys) : leases.rest(source, keys, REST_MS)).catch(() => undefined);
  }

  /** Those that were invalidated while they were fetched. */
  async #overtaken(lacks: readonly MissingKey[]): Promise<MissingKey[]> {
    const entries = await this.#deps.stack.getMany(lacks.map(keyOf), 'head', NEVER);
    return lacks.filter((_, i) => entries[i]?.head.kind === 'dropped');
  }

  async #keep(source: string, open: ReadonlyMap<string, MissingKey>, over: AbortSignal): Promise<void> {
    const { leases, clock } = this.#deps;
    for (;;) {
      const stop = await sleep(clock, KEEP_EVERY_MS, over).then(
        () => false,
        () => true,
      );
      if (stop) return;
      await leases.keep(source, [...open.keys()], LEASE_MS).catch(() => undefined);
    }
  }

  /** Rejects with `E_REDIS_UNAVAILABLE` when Redis goes away meanwhile: the fetch waits for it, and readers must not. */
  async #whileReachable(fetching: Promise<void>): Promise<void> {
    const { leases, clock } = this.#deps;
    const over = new AbortController();
    const watch = async () => {
      while (leases.reachable()) await sleep(clock, LOOK_MS, over.signal);
      throw new ForewarmError('E_REDIS_UNAVAILABLE', 'the Redis for jobs went away while a reader fetched');
    };
    const watching = watch();
    fetching.catch(() => undefined);
    watching.catch(() => undefined);
    try {
      await Promise.race([fetching, watching]);
    } finally {
      over.abort();
    }
  }
}

function keyOf({ key }: MissingKey): string {
  return key;
}
