import type { Clock } from '../../core/clock.ts';
import { NEVER } from '../../core/never.ts';
import type { Source } from '../../core/source.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Warmer } from '../../warming/warmer.ts';
import { warmTask } from './direct-loader.ts';
import { LEASE_MS, prolongLeases, whileReachable } from './lease-upkeep.ts';
import type { Leases } from './leases.ts';
import { LoadPoller } from './load-poller.ts';
import type { MissingKey, MissLoader, OnLoaded } from './miss-loader.ts';

export interface OriginLoaderDeps {
  readonly stack: Stack;
  readonly leases: Leases;
  readonly warmer: Pick<Warmer, 'warm'>;
  readonly clock: Clock;
}

/** How long no process fetches a key whose fetch failed, in ms. */
const BACK_OFF_MS = 5_000;
/** How often a key is fetched when an invalidation overtakes its fetch. */
const MAX_TRIES = 3;

/**
 * Fetches missing keys here, one process for each key: a lease decides which. The others look into the tiers until the
 * value is there, and take over if the process that has the lease fails or dies.
 */
export class OriginLoader implements MissLoader {
  readonly #deps: OriginLoaderDeps;

  constructor(deps: OriginLoaderDeps) {
    this.#deps = deps;
  }

  async load(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<void> {
    const { stack, clock, leases } = this.#deps;
    const poller = new LoadPoller({ stack, clock, patience: source.miss.hardDeadline });
    const fetches: Promise<void>[] = [];
    let open = missing;
    while (open.length > 0) {
      const states = await leases.take(source.name, open.map(keyOf), LEASE_MS);
      const taken = open.filter((_, i) => states[i] === 'taken');
      if (taken.length > 0) {
        const fetch = whileReachable(this.#deps, this.#fetch(source, taken, onLoaded, signal));
        // Awaited below, once there is nothing left to wait for from other processes.
        fetch.catch(() => undefined);
        fetches.push(fetch);
      }
      const held = open.filter((_, i) => states[i] === 'held');
      if (held.length === 0) break;
      const look = await poller.next(held, signal);
      if (look === undefined) break;
      if (look.loaded.length > 0) onLoaded(look.loaded);
      open = look.missing;
    }
    await Promise.all(fetches);
  }

  async #fetch(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<void> {
    const { leases, warmer } = this.#deps;
    const open = new Map(missing.map((each) => [each.key, each]));
    const over = new AbortController();
    const upkeep = prolongLeases(this.#deps, source.name, open, over.signal);
    const onWarm: OnLoaded = (keys) => {
      for (const key of keys) open.delete(key);
      onLoaded(keys);
      void leases.release(source.name, keys).catch(() => undefined);
    };
    try {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const left = tries === 0 ? missing : await this.#overtaken([...open.values()]);
        if (left.length === 0) break;
        await warmer.warm(warmTask(source, left, onWarm, signal));
      }
    } finally {
      over.abort();
      await upkeep;
      await this.#endLeases(source.name, [...open.keys()], signal.aborted);
    }
  }

  /** Keys that could not be fetched are left alone for a while, unless it is this process that stops. */
  async #endLeases(source: string, keys: readonly string[], isStopping: boolean): Promise<void> {
    const { leases } = this.#deps;
    if (keys.length === 0) return;
    const ending = isStopping ? leases.release(source, keys) : leases.backOff(source, keys, BACK_OFF_MS);
    await ending.catch(() => undefined);
  }

  /** Those that were invalidated while they were fetched. */
  async #overtaken(missing: readonly MissingKey[]): Promise<MissingKey[]> {
    const entries = await this.#deps.stack.getMany(missing.map(keyOf), 'head', NEVER);
    return missing.filter((_, i) => entries[i]?.head.kind === 'dropped');
  }
}

function keyOf({ key }: MissingKey): string {
  return key;
}
