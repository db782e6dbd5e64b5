/** `purge` and `clear-expired`: removing entries from every tier. */
import type { Ledger } from '../../budget/ledger.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Head, Stamp } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { isWarm, servableAt } from '../../core/freshness.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { isEverything } from '../../core/selector/selector-grammar.ts';
import type { Sources } from '../../core/sources.ts';
import { invalidateEverywhere } from '../../jobs/invalidate.ts';
import type { Bus } from '../../tiers/invalidation/bus.ts';
import { tombstone } from '../../tiers/invalidation/invalidation.ts';
import type { Selection } from '../../warming/selection.ts';
import { throwFirst } from '../../warming/unread-sets.ts';
import { readSelector, writtenSelector } from '../long-selector.ts';
import type { PurgeReport, PurgeRequest } from './maintenance-shapes.ts';
import { type StoredDeps, silentTiers, storedHeads } from './stored.ts';

export interface PurgeDeps extends StoredDeps {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly sources: Sources;
}

/** Keys that a report names. */
const SAMPLES = 10;
/** Entries that a tier sweeps in one call. */
const SWEEP = 1_000;

/** A tombstone takes the place of each entry: it hides what other tiers may still hold, and a late write loses to it. */
export async function purge(
  deps: PurgeDeps,
  request: PurgeRequest,
  signal: AbortSignal,
): Promise<PurgeReport> {
  const selector = await readSelector(request.selector);
  if (isEverything(selector)) {
    throw new ForewarmError(
      'E_SELECTOR_INVALID',
      'a purge needs a selector; to purge everything name every source, such as source=quote,profile',
    );
  }
  if (!request.dryRun) await checkSets(deps.selection, selector, signal);
  const work = new Purge(deps, { ...request, selector: await writtenSelector(selector) }, signal);
  await work.begin();
  for await (const heads of storedHeads(deps, selector, signal)) await work.take(heads);
  if (request.forget && !request.expired) await work.forgetTheRest(selector);
  await work.giveBack();
  return work.report();
}

/** The sets that it names are read to their end: what cannot be finished does not begin, nor what may still be given up meanwhile. */
async function checkSets(selection: Selection, selector: Selector, signal: AbortSignal): Promise<void> {
  if (selector.entities.length === 0) return;
  throwFirst(await selection.unread(selector, signal));
}

class Purge {
  readonly #deps: PurgeDeps;
  readonly #request: PurgeRequest;
  readonly #signal: AbortSignal;
  /** By origin. */
  readonly #stamps = new Map<string, Stamp>();
  readonly #tiers: PurgeReport['tiers'];
  readonly #bySource = new Map<string, number>();
  readonly #samples: string[] = [];
  #forgotten = 0;

  constructor(deps: PurgeDeps, request: PurgeRequest, signal: AbortSignal) {
    this.#deps = deps;
    this.#request = request;
    this.#signal = signal;
    this.#tiers = deps.stack.tiers.map(({ name }) => ({ tier: name, keys: 0, bytes: 0, error: null }));
  }

  /** Takes the stamps: what begins to be fetched from here on is not purged. */
  async begin(): Promise<void> {
    const { sources, ledger, stack } = this.#deps;
    for (const name of await silentTiers(stack, this.#signal)) {
      const tier = this.#tiers.find((sum) => sum.tier === name);
      if (tier !== undefined) tier.error = 'it does not answer';
    }
    if (this.#request.dryRun || this.#request.expired) return;
    for (const origin of new Set([...sources.values()].map((source) => source.origin)))
      this.#stamps.set(origin, await ledger.stamp(origin));
  }

  async take(page: readonly Head[]): Promise<void> {
    const now = this.#deps.clock.now();
    const wanted = page.filter((head) => takesSpace(head) && this.#isWanted(head, now));
    if (wanted.length === 0) return;
    const keys = wanted.map(({ key }) => key);
    await Promise.all(this.#deps.stack.tiers.map((_, t) => this.#weigh(t, keys)));
    for (const [source, heads] of Map.groupBy(wanted, (head) => head.source)) {
      this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + heads.length);
      this.#samples.push(...heads.slice(0, SAMPLES - this.#samples.length).map(({ key }) => key));
      if (!this.#request.dryRun) await this.#remove(source, heads);
    }
  }

  /** Catalogued keys that are not stored: one that is being fetched just now must lose as well. */
  async forgetTheRest(selector: Selector): Promise<void> {
    const { selection, catalog } = this.#deps;
    for await (const { source, keys } of selection.known(selector, this.#signal)) {
      if (this.#request.dryRun) {
        const records = await catalog.get(source.name, keys);
        this.#forgotten += records.filter((record) => record !== undefined).length;
      } else await this.#bury(source.name, keys, this.#stampOf(source.name));
    }
  }

  /** Frees the space of what was removed, in tiers that keep it until they are swept. */
  async giveBack(): Promise<void> {
    const { stack, clock } = this.#deps;
    if (this.#request.dryRun || this.#bySource.size === 0) return;
    // The space of a tier that does not answer is freed by the next `gc`.
    await stack.sweep(clock.now(), SWEEP, this.#signal).catch(() => this.#signal.throwIfAborted());
  }

  report(): PurgeReport {
    const { why: _, ...request } = this.#request;
    return {
      ...request,
      keys: [...this.#bySource.values()].reduce((sum, keys) => sum + keys, 0),
      bySource: Object.fromEntries(this.#bySource),
      tiers: this.#tiers,
      forgotten: this.#forgotten,
      samples: this.#samples,
    };
  }

  #isWanted(head: Head, now: number): boolean {
    return !this.#request.expired || !isWarm(servableAt(head, now));
  }

  async #weigh(t: number, keys: readonly string[]): Promise<void> {
    const sum = this.#tiers[t];
    const tier = this.#deps.stack.tiers[t];
    if (sum === undefined || tier === undefined) return;
    try {
      for (const entry of await tier.getMany(keys, 'head', this.#signal)) {
        if (entry === undefined || entry.head.kind === 'dropped') continue;
        sum.keys += 1;
        sum.bytes += entry.head.bodyBytes;
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      sum.error = messageOf(error);
    }
  }

  /**
   * What is expired loses to a tombstone of its own stamp, which is written only where it is still that entry: a refresh that is
   * under way, or has landed since, stays. Other processes need no message, since memory asks the tiers below for what is stale.
   */
  async #remove(source: string, heads: readonly Head[]): Promise<void> {
    if (!this.#request.expired)
      return this.#bury(
        source,
        heads.map(({ key }) => key),
        this.#stampOf(source),
      );
    const { stack, clock } = this.#deps;
    const at = clock.now();
    const writes = heads.map(({ key, stamp }) =>
      tombstone({ source, keys: [key], mode: 'drop', stamp, at }, key),
    );
    await stack.putMany(writes, this.#signal);
  }

  async #bury(source: string, keys: readonly string[], stamp: Stamp): Promise<void> {
    this.#signal.throwIfAborted();
    const { stack, bus, catalog, clock } = this.#deps;
    const drop = { source, keys, mode: 'drop', stamp, at: clock.now() } as const;
    if (this.#request.forget) this.#forgotten += await catalog.forget(source, keys);
    await invalidateEverywhere({ stack, bus }, drop, this.#signal);
    if (!this.#request.forget) await catalog.reschedule(source, keys, drop.at);
  }

  /** For a source that is no longer configured, the latest of all: they come from one clock. */
  #stampOf(name: string): Stamp {
    const origin = this.#deps.sources.get(name)?.origin;
    return (
      (origin === undefined ? undefined : this.#stamps.get(origin)) ?? Math.max(0, ...this.#stamps.values())
    );
  }
}

/** Not a tombstone. What a fence dropped is still stored, and counts. */
function takesSpace({ kind, bodyBytes }: Head): boolean {
  return kind !== 'dropped' || bodyBytes > 0;
}
