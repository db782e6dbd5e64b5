import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entry.ts';
import type { Params, Source } from '../core/source.ts';
import type { Stack } from '../tiers/stack.ts';
import type { Keys } from './keys.ts';
import { type Near, servableAt, type View, valueIn } from './near.ts';
import type { Tally } from './tally.ts';
import type { Beyond, Wanted } from './wanted.ts';

export interface FarParts {
  readonly stack: Stack;
  readonly near: Near;
  readonly keys: Keys;
  readonly beyond: Beyond;
  readonly tallyOf: (source: string) => Tally | undefined;
  readonly clock: Clock;
}

/** A read that was asked for in this turn. */
interface Asked {
  readonly key: string;
  readonly source: Source | undefined;
  readonly params: Params | undefined;
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

const NEVER = new AbortController().signal;

/**
 * Reads that memory does not answer. What is asked for in one turn of the event loop is read together, each key once, so
 * that many reads share one round trip per tier.
 *
 * Only reads of the same turn share an answer: one that begins later may follow an invalidation, and must see it.
 */
export class Far {
  readonly #parts: FarParts;
  #batch = new Map<string, Asked>();

  constructor(parts: FarParts) {
    this.#parts = parts;
  }

  /** Rejects with `E_KEY_INVALID` when nothing is stored under a key that is of no source. */
  get(key: string, source: Source | undefined, params: Params | undefined): Promise<unknown> {
    const known = this.#batch.get(key);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#batch.size === 0) this.#schedule();
    this.#batch.set(key, { key, source, params, promise, resolve, reject });
    return promise;
  }

  /** After everything that runs in this turn, so that reads of independent callers meet. */
  #schedule(): void {
    void Promise.resolve().then(() => process.nextTick(() => void this.#flush()));
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new Map();
    const asked = [...batch.values()];
    try {
      const entries = await this.#parts.stack.getMany([...batch.keys()], 'entry', NEVER);
      this.#judge(asked, entries);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  #judge(asked: readonly Asked[], entries: readonly (Entry | undefined)[]): void {
    const now = this.#parts.clock.now();
    const due = new Map<Source, string[]>();
    const missed = new Map<Source, Wanted[]>();
    for (let i = 0; i < asked.length; i += 1) {
      const ask = asked[i];
      if (ask === undefined) continue;
      const entry = entries[i];
      const freshness = entry === undefined ? 'gone' : servableAt(entry, now);
      const view =
        entry === undefined || freshness === 'gone'
          ? undefined
          : this.#parts.near.looked(entry, freshness, now);
      if (view === undefined || freshness === 'stale') {
        this.#miss(ask, view, missed);
        continue;
      }
      if (freshness === 'due') add(due, this.#sourceOf(ask, entry), ask.key);
      count(view, ask.key);
      ask.resolve(valueIn(view));
    }
    for (const [source, keys] of due) this.#parts.beyond.due(source, keys);
    for (const [source, wanted] of missed) this.#parts.beyond.miss(source, wanted);
  }

  #miss(ask: Asked, stale: View | undefined, missed: Map<Source, Wanted[]>): void {
    const { key, params, resolve, reject } = ask;
    let source: Source;
    try {
      source = ask.source ?? this.#parts.keys.sourceOf(key);
    } catch (error) {
      reject(error);
      return;
    }
    let open = true;
    const answer = (view: View | undefined) => {
      if (!open) return;
      open = false;
      if (view === undefined) this.#missed(source, key);
      else count(view, key, view === stale);
      resolve(view && valueIn(view));
    };
    add(missed, source, { key, params, stale, answer });
  }

  #missed(source: Source, key: string): void {
    const tally = this.#parts.tallyOf(source.name);
    if (tally === undefined) return;
    tally.misses += 1;
    tally.read(key);
  }

  #sourceOf({ source, key }: Asked, entry: Entry | undefined): Source | undefined {
    return source ?? (entry && this.#parts.keys.named(entry.head.source)) ?? this.#parts.keys.find(key);
  }
}

function count({ tally }: View, key: string, stale = false): void {
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
