import type { ReadFailures } from '../../catalog/read-failures.ts';
import { NEVER } from '../../core/never.ts';
import type { Source } from '../../core/source.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import { type FetchMissingDeps, fetchMissing } from './fetch-missing.ts';
import { LEASE_MS, prolongLeases, whileReachable } from './lease-upkeep.ts';
import type { Leases } from './leases.ts';
import { LoadPoller } from './load-poller.ts';
import type { LoadFailures, MissingKey, MissLoader, OnLoaded } from './miss-loader.ts';

export interface OriginLoaderDeps extends FetchMissingDeps {
  readonly stack: Stack;
  readonly leases: Leases;
  /** Learns why keys could not be fetched. */
  readonly readFailures: Pick<ReadFailures, 'note'>;
}

/** How long no process fetches a key whose fetch failed, in ms. */
const BACK_OFF_MS = 5_000;
/** How often a key is fetched when an invalidation overtakes its fetch. */
const MAX_TRIES = 3;
const BACKING_OFF = 'it could not be fetched a moment ago, and is left alone for some seconds';
const NONE: LoadFailures = new Map();

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
  ): Promise<LoadFailures> {
    const { stack, clock, leases } = this.#deps;
    const { hardDeadline: patience } = source.miss;
    const end = clock.elapsed() + patience;
    const poller = new LoadPoller({ stack, clock, patience });
    const fetches: Promise<LoadFailures>[] = [];
    const failures = new Map<string, string>();
    let open = missing;
    while (open.length > 0) {
      const states = await leases.take(source.name, open.map(keyOf), LEASE_MS);
      const taken = open.filter((_, i) => states[i] === 'taken');
      if (taken.length > 0) {
        const fetch = whileReachable(this.#deps, this.#fetch(source, taken, end, onLoaded, signal));
        // Awaited below, once there is nothing left to wait for from other processes.
        fetch.catch(() => undefined);
        fetches.push(fetch);
      }
      open.forEach(({ key }, i) => {
        if (states[i] === 'backing-off') failures.set(key, BACKING_OFF);
      });
      const held = open.filter((_, i) => states[i] === 'held');
      if (held.length === 0) break;
      const look = await poller.next(held, signal);
      if (look === undefined) {
        for (const { key } of held)
          failures.set(key, `another process did not bring it within ${patience} ms`);
        break;
      }
      if (look.loaded.length > 0) onLoaded(look.loaded);
      open = look.missing;
    }
    for (const fetched of await Promise.all(fetches)) {
      for (const [key, reason] of fetched) failures.set(key, reason);
      this.#note(source, fetched);
    }
    return failures;
  }

  /** For those who inspect a key. No read waits for it, or fails with it. */
  #note({ name }: Source, failures: LoadFailures): void {
    const { readFailures, clock } = this.#deps;
    if (failures.size > 0) readFailures.note(name, failures, clock.now()).catch(() => undefined);
  }

  async #fetch(
    source: Source,
    missing: readonly MissingKey[],
    end: number,
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<LoadFailures> {
    const { leases } = this.#deps;
    const open = new Map(missing.map((each) => [each.key, each]));
    const over = new AbortController();
    const upkeep = prolongLeases(this.#deps, source.name, open, over.signal);
    const onWarm: OnLoaded = (keys) => {
      for (const key of keys) open.delete(key);
      onLoaded(keys);
      void leases.release(source.name, keys).catch(() => undefined);
    };
    let failures: LoadFailures | undefined;
    try {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const left = tries === 0 ? missing : await this.#overtaken([...open.values()]);
        if (left.length === 0) break;
        const failed = await fetchMissing(this.#deps, source, left, end, onWarm, signal);
        failures = new Map([...(failures ?? []), ...failed].filter(([key]) => open.has(key)));
      }
      return failures ?? NONE;
    } finally {
      over.abort();
      await upkeep;
      // Without an answer from the origin, as when no tier can be asked, nothing speaks against another try.
      await this.#endLeases(source.name, [...open.keys()], failures === undefined);
    }
  }

  /** Keys that could not be fetched are left alone for a while, unless they were not tried. */
  async #endLeases(source: string, keys: readonly string[], isUntried: boolean): Promise<void> {
    const { leases } = this.#deps;
    if (keys.length === 0) return;
    const ending = isUntried ? leases.release(source, keys) : leases.backOff(source, keys, BACK_OFF_MS);
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
