import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entry.ts';
import { servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Params, Source } from '../core/source.ts';
import { type BatchedAsk, TickBatcher } from '../flow/tick-batcher.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { KeySampler } from './key-sampler.ts';
import type { Keys } from './keys.ts';
import { type DecodedValue, type MemoryReads, valueIn } from './memory-reads.ts';
import type { MissHandler, PendingRead } from './pending-read.ts';

export interface StackReadsDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly keys: Keys;
  readonly missHandler: MissHandler;
  readonly tallyOf: (source: string) => KeySampler | undefined;
  readonly clock: Clock;
}

/** What a read knows of its key beforehand. */
interface About {
  readonly source: Source | undefined;
  readonly params: Params | undefined;
}

type Asked = BatchedAsk<About>;

/**
 * Reads that memory does not answer; those of one turn together, so that they share one round trip per tier.
 *
 * Only reads of the same turn share an answer: one that begins later may follow an invalidation, and must see it.
 */
export class StackReads {
  readonly #deps: StackReadsDeps;
  readonly #gather: TickBatcher<About>;

  constructor(deps: StackReadsDeps) {
    this.#deps = deps;
    this.#gather = new TickBatcher((asked) => this.#read(asked));
  }

  /** Rejects with `E_KEY_INVALID` when nothing is stored under a key that is of no source. */
  get(key: string, source: Source | undefined, params: Params | undefined): Promise<unknown> {
    return this.#gather.ask(key, { source, params });
  }

  async #read(asked: readonly Asked[]): Promise<void> {
    const keys = asked.map(({ key }) => key);
    const began = this.#deps.clock.now();
    this.#judge(asked, await this.#deps.stack.getMany(keys, 'entry', NEVER), began);
  }

  #judge(asked: readonly Asked[], entries: readonly (Entry | undefined)[], began: number): void {
    const now = this.#deps.clock.now();
    const due = new Map<Source, string[]>();
    const missed = new Map<Source, PendingRead[]>();
    for (let i = 0; i < asked.length; i += 1) {
      const ask = asked[i];
      if (ask === undefined) continue;
      const entry = entries[i];
      const freshness = servableAt(entry?.head, now);
      const view =
        entry === undefined || freshness === 'gone'
          ? undefined
          : this.#deps.memoryReads.looked(entry, freshness, began);
      if (view === undefined || freshness === 'stale') {
        this.#miss(ask, view, missed);
        continue;
      }
      if (freshness === 'due') add(due, this.#sourceOf(ask, entry), ask.key);
      count(view, ask.key);
      ask.resolve(valueIn(view));
    }
    for (const [source, keys] of due) this.#deps.missHandler.due(source, keys);
    for (const [source, wanted] of missed) this.#deps.missHandler.miss(source, wanted);
  }

  #miss(ask: Asked, stale: DecodedValue | undefined, missed: Map<Source, PendingRead[]>): void {
    const { key, item, resolve, reject } = ask;
    const { params } = item;
    let source: Source;
    try {
      source = item.source ?? this.#deps.keys.sourceOf(key);
    } catch (error) {
      reject(error);
      return;
    }
    let open = true;
    const answer = (view: DecodedValue | undefined) => {
      if (!open) return;
      open = false;
      if (view === undefined) this.#missed(source, key);
      else count(view, key, view === stale);
      resolve(view && valueIn(view));
    };
    add(missed, source, { key, params, stale, answer });
  }

  #missed(source: Source, key: string): void {
    const tally = this.#deps.tallyOf(source.name);
    if (tally === undefined) return;
    tally.misses += 1;
    tally.read(key);
  }

  #sourceOf({ item, key }: Asked, entry: Entry | undefined): Source | undefined {
    return item.source ?? (entry && this.#deps.keys.named(entry.head.source)) ?? this.#deps.keys.find(key);
  }
}

function count({ tally }: DecodedValue, key: string, stale = false): void {
  tally.below += 1;
  if (stale) tally.stale += 1;
  tally.read(key);
}

function add<K, V>(groups: Map<K, V[]>, group: K | undefined, item: V): void {
  if (group === undefined) return;
  const known = groups.get(group);
  if (known === undefined) groups.set(group, [item]);
  else known.push(item);
}
