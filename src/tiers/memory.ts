import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Entry, Head, Stamp, Times } from '../core/entry.ts';
import { NO_BODY } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { size } from '../core/options.ts';
import type { ExtendWrite, PutWrite, Tier, TierTraits, TierUsage, Want, Write, Written } from './tier.ts';

export const memoryOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in the memory of this process.'),
  maxSize: size()
    .prefault('256MB')
    .describe('Bound on keys, heads and bodies together; the least recently used go first.'),
});

export interface MemoryTierDependencies {
  readonly name?: string;
  /** Bound in bytes on keys, heads and bodies together. */
  readonly maxSize: number;
  readonly clock: Clock;
}

/** An entry as memory holds it. */
export interface HeldEntry extends Entry {
  /** What a reader made of the body, kept beside it so that the next one need not; undefined until one did. */
  readonly view: unknown;
}

/** What an entry costs beside the characters of its head and the bytes of its body: objects, slots and list links. */
const ENTRY_OVERHEAD = 450;
/** Tombstones take at most this share of the bound. */
const TOMBSTONE_SHARE = 1 / 8;
const PAGE = 1_000;

/**
 * Entries in the memory of this process, bounded by an estimate of their bytes.
 *
 * Tombstones stand outside the LRU and stay until they are gone, since an evicted tombstone would let an older write
 * back in. Should they outgrow their share, the oldest are folded into one floor: until the last of those would have
 * been gone, no key that is not held takes a write with a stamp below it.
 */
export class MemoryTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #clock: Clock;
  readonly #entries: LRUCache<string, HeldEntry>;
  readonly #tombstones = new Map<string, HeldEntry>();
  readonly #maxTombstones: number;
  #floor: { readonly stamp: Stamp; readonly until: number } = { stamp: 0, until: 0 };
  #closed = false;

  constructor(dependencies: MemoryTierDependencies) {
    this.name = dependencies.name ?? 'memory';
    this.#clock = dependencies.clock;
    this.traits = {
      durable: false,
      reach: 'process',
      maxBodyBytes: Math.floor(dependencies.maxSize / 4),
    };
    this.#maxTombstones = Math.ceil((dependencies.maxSize * TOMBSTONE_SHARE) / ENTRY_OVERHEAD);
    this.#entries = new LRUCache<string, HeldEntry>({
      maxSize: dependencies.maxSize,
      sizeCalculation: sizeOf,
    });
  }

  /** What `getMany` answers for this key, at once. Counts as a use. */
  peek(key: string): HeldEntry | undefined {
    return this.#entries.get(key) ?? this.#tombstones.get(key);
  }

  /** Keeps a reader's view beside an entry that is still held, and counts `bytes` for it towards the bound. */
  attach(entry: HeldEntry, view: unknown, bytes: number): void {
    const { head, body } = entry;
    if (this.#entries.peek(head.key) !== entry) return;
    this.#entries.set(head.key, { head, body, view }, { size: sizeOf(entry, head.key) + bytes });
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    this.#check(signal);
    if (want === 'entry') return keys.map((key) => this.peek(key));
    return keys.map((key) => {
      const entry = this.#held(key);
      return entry && { head: entry.head, body: NO_BODY };
    });
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    this.#check(signal);
    return writes.map((write) => (write.kind === 'put' ? this.#put(write) : this.#extend(write)));
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    const keys = [...this.#tombstones.keys(), ...this.#entries.keys()].filter((key) =>
      key.startsWith(prefix),
    );
    for (let i = 0; i < keys.length; i += PAGE) {
      this.#check(signal);
      const page = keys.slice(i, i + PAGE).map((key) => this.#held(key)?.head);
      yield page.filter((head) => head !== undefined);
    }
  }

  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    this.#check(signal);
    const before = await this.usage(signal);
    const gone: string[] = [];
    for (const all of [this.#tombstones.values(), this.#entries.values()]) {
      for (const { head } of all) {
        if (gone.length >= limit) break;
        if (head.goneAt <= now) gone.push(head.key);
      }
    }
    for (const key of gone) {
      if (!this.#tombstones.delete(key)) this.#entries.delete(key);
    }
    return { removed: gone.length, bytes: before.bytes - (await this.usage(signal)).bytes };
  }

  async usage(signal: AbortSignal): Promise<TierUsage> {
    this.#check(signal);
    return {
      entries: this.#entries.size + this.#tombstones.size,
      bytes: this.#entries.calculatedSize + this.#tombstones.size * ENTRY_OVERHEAD,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    this.#tombstones.clear();
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new ForewarmError('E_TIER_CLOSED', `tier "${this.name}" is closed`);
  }

  #held(key: string): HeldEntry | undefined {
    return this.#entries.peek(key) ?? this.#tombstones.get(key);
  }

  #put({ entry }: PutWrite): Written {
    const { key, stamp, kind } = entry.head;
    if (entry.body.byteLength > this.traits.maxBodyBytes) return 'too-large';
    const held = this.#held(key);
    if (held === undefined ? this.#isBelowFloor(stamp) : held.head.stamp > stamp) return 'superseded';
    if (kind === 'dropped') {
      this.#entries.delete(key);
      this.#bury(entry);
    } else {
      this.#tombstones.delete(key);
      this.#entries.set(key, { head: entry.head, body: ownBytes(entry.body), view: undefined });
    }
    return 'written';
  }

  #extend({ key, stamp, times, checksum }: ExtendWrite): Written {
    const held = this.#held(key);
    if (held === undefined) return 'missing';
    if (held.head.stamp > stamp) return 'superseded';
    if (held.head.kind === 'dropped' || held.head.checksum !== checksum) return 'missing';
    this.#entries.set(key, {
      head: { ...held.head, ...timesOf(times), stamp },
      body: held.body,
      view: undefined,
    });
    return 'written';
  }

  /** Keeps a tombstone, last in line, and lets go of those that are gone or too many. */
  #bury(entry: Entry): void {
    this.#tombstones.delete(entry.head.key);
    this.#tombstones.set(entry.head.key, { ...entry, view: undefined });
    const now = this.#clock.now();
    for (const [key, { head }] of this.#tombstones) {
      if (head.goneAt > now) {
        if (this.#tombstones.size <= this.#maxTombstones) break;
        this.#raiseFloor(head);
      }
      this.#tombstones.delete(key);
    }
  }

  #raiseFloor(head: Head): void {
    this.#floor = {
      stamp: Math.max(this.#floor.stamp, head.stamp),
      until: Math.max(this.#floor.until, head.goneAt),
    };
  }

  #isBelowFloor(stamp: Stamp): boolean {
    return stamp < this.#floor.stamp && this.#clock.now() < this.#floor.until;
  }
}

function sizeOf({ head, body }: Entry, key: string): number {
  let characters = key.length + (head.etag?.length ?? 0) + (head.lastModified?.length ?? 0);
  for (const tag of head.tags) characters += tag.length;
  for (const name in head.params) characters += name.length + (head.params[name]?.length ?? 0);
  return ENTRY_OVERHEAD + characters + body.byteLength;
}

/** The body in memory of its own: a slice of a larger buffer (a socket's, a pool's) would keep all of that alive. */
function ownBytes(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body);
}

function timesOf({ fetchedAt, checkedAt, dueAt, staleAt, goneAt }: Times): Times {
  return { fetchedAt, checkedAt, dueAt, staleAt, goneAt };
}
