import type { SilentTier } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entry.ts';
import type { Events } from '../core/events.ts';
import { servableAt } from '../core/freshness.ts';
import type { ReadCounts, ReadWay } from '../core/metrics/read-counts.ts';
import { NEVER } from '../core/never.ts';
import type { Params, Source } from '../core/source.ts';
import { type BatchedAsk, TickBatcher } from '../flow/tick-batcher.ts';
import { type Stack, type Found as StackFound, silentTiers } from '../tiers/stack/stack.ts';
import type { Found, Served } from './found.ts';
import type { KeySampler } from './key-sampler.ts';
import type { Keys } from './keys.ts';
import { reasonOf } from './lookup.ts';
import type { Decoding, MemoryReads } from './memory-reads.ts';
import type { MissCoalescer } from './misses/miss-coalescer.ts';
import { PendingRead } from './misses/pending-read.ts';
import type { RefreshAhead } from './misses/refresh-ahead.ts';
import { silenceOfBody, type UndecodableValues } from './undecodable-values.ts';

export interface StackReadsDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly keys: Keys;
  /** Loads what no tier has fresh. */
  readonly missHandler: Pick<MissCoalescer, 'miss'>;
  /** Has what is due refreshed. */
  readonly refreshAhead: Pick<RefreshAhead, 'add'>;
  /** Removes what is stored and cannot be decoded. */
  readonly undecodableValues: Pick<UndecodableValues, 'remove'>;
  readonly samplerOf: (source: string) => KeySampler | undefined;
  /** Where the times of reads are counted. */
  readonly reads: Pick<ReadCounts, 'times'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** What a read knows of its key beforehand. */
interface Known {
  readonly source: Source | undefined;
  readonly params: Params | undefined;
}

type Ask = BatchedAsk<Known, Found>;

/** When the reads of a turn began: on the clock, and on the monotonic one. */
interface Begin {
  readonly began: number;
  readonly start: number;
}

/**
 * Reads that memory cannot serve. Those of one turn go down the tiers together, so that they share one round trip per tier.
 *
 * Only reads of the same turn share a result: one that begins later may follow an invalidation, and must see it.
 */
export class StackReads {
  readonly #deps: StackReadsDeps;
  readonly #batcher: TickBatcher<Known, Found>;

  constructor(deps: StackReadsDeps) {
    this.#deps = deps;
    this.#batcher = new TickBatcher((asks) => this.#read(asks));
  }

  /** Rejects with `E_KEY_INVALID` when nothing is stored under a key that belongs to no source. */
  get(key: string, source: Source | undefined, params: Params | undefined): Promise<Found> {
    return this.#batcher.ask(key, { source, params });
  }

  async #read(asks: readonly Ask[]): Promise<void> {
    const { stack, clock } = this.#deps;
    const keys = asks.map(({ key }) => key);
    const [began, start] = [clock.now(), clock.elapsed()];
    this.#settle(asks, await stack.find(keys, 'entry', NEVER), { began, start });
  }

  /** Serves what the tiers have fresh or due, and hands on the rest, source by source. */
  #settle(asks: readonly Ask[], { entries, tiers, silent }: StackFound, { began, start }: Begin): void {
    const { stack, clock, memoryReads, missHandler, refreshAhead, undecodableValues } = this.#deps;
    const now = clock.now();
    const silentAt = silentTiers(silent);
    const due = new Map<Source, string[]>();
    const missed = new Map<Source, PendingRead[]>();
    const undecodable = new Map<Source, PendingRead[]>();
    for (let i = 0; i < asks.length; i += 1) {
      const ask = asks[i];
      if (ask === undefined) continue;
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      const tier = tiers[i] ?? stack.name;
      const { decoded, reason } =
        entry === undefined || freshness === 'gone' ? NOTHING : memoryReads.confirm(entry, freshness, began);
      if (reason !== undefined) {
        this.#miss({ ask, start }, undefined, [...silentAt(i), silenceOfBody(tier, reason)], undecodable);
        continue;
      }
      const served = decoded && { decoded, tier };
      if (served === undefined || freshness === 'stale') {
        this.#miss({ ask, start }, served, silentAt(i), missed);
        continue;
      }
      if (freshness === 'due') add(due, this.#sourceOf(ask, entry), ask.key);
      countBelow(served, ask.key);
      this.#time(served.decoded.head.source, 'tiers', start);
      ask.resolve(served);
    }
    for (const [source, keys] of due) refreshAhead.add(source, keys);
    for (const [source, reads] of missed) missHandler.miss(source, reads);
    for (const [source, reads] of undecodable) {
      const keys = reads.map(({ key }) => key);
      void undecodableValues.remove(source, keys).then(() => missHandler.miss(source, reads));
    }
  }

  #miss(
    { ask, start }: { readonly ask: Ask; readonly start: number },
    stale: Served | undefined,
    silent: readonly SilentTier[],
    missed: Map<Source, PendingRead[]>,
  ): void {
    const { key, item, reject } = ask;
    try {
      const source = item.source ?? this.#deps.keys.sourceOf(key);
      const sampler = this.#deps.samplerOf(source.name);
      const resolve = (found: Found) => {
        this.#time(source.name, 'load', start);
        this.#end(ask, source, found);
      };
      add(missed, source, new PendingRead({ key, params: item.params, stale, silent, sampler, resolve }));
    } catch (error) {
      reject(error);
    }
  }

  #time(source: string, way: ReadWay, start: number): void {
    const { reads, clock } = this.#deps;
    reads.times(source)[way].record(clock.elapsed() - start);
  }

  #end({ key, resolve }: Ask, { name: source }: Source, found: Found): void {
    resolve(found);
    if (found.decoded !== undefined || found.unanswered === undefined) return;
    this.#deps.events.emit('key:unavailable', { source, key, reason: reasonOf(found.unanswered) });
  }

  #sourceOf({ item, key }: Ask, entry: Entry | undefined): Source | undefined {
    return item.source ?? (entry && this.#deps.keys.named(entry.head.source)) ?? this.#deps.keys.find(key);
  }
}

const NOTHING: Decoding = { decoded: undefined };

function countBelow({ decoded: { head, sampler } }: Served, key: string): void {
  if (head.kind === 'absent') sampler.absentBelow(key);
  else sampler.below(key, false);
}

function add<K, V>(groups: Map<K, V[]>, group: K | undefined, item: V): void {
  if (group === undefined) return;
  const known = groups.get(group);
  if (known === undefined) groups.set(group, [item]);
  else known.push(item);
}
