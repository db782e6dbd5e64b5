import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Entry, Head, Times } from '../../core/entry.ts';
import { NO_BODY } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { expired } from '../../core/freshness.ts';
import { duration, sizeFrom } from '../../core/options.ts';
import { ownBytes } from '../../core/own-bytes.ts';
import { busHealthOptions } from '../invalidation/bus-health.ts';
import { KEEPS_ALL, leavesAt } from '../retention.ts';
import type { ExtendWrite, PutWrite, Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { fillOptions } from './fill-options.ts';
import { ENTRY_OVERHEAD, MemoryEntry, sizeOf } from './memory-entry.ts';
import { Tombstones } from './tombstones.ts';

export const memoryOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in the memory of this process.'),
  maxSize: sizeFrom(1_000)
    .prefault('256MB')
    .describe('Bound on keys, heads and bodies together; the least recently used go first.'),
  ...busHealthOptions,
  ...fillOptions,
  ttl: duration()
    .optional()
    .describe(
      'How long after its origin last confirmed it an entry stays in this tier, at the longest. Absent: until it is gone.',
    ),
});

export type { MemoryEntry } from './memory-entry.ts';

export interface MemoryTierDeps {
  readonly name?: string;
  /** Bound in bytes on keys, heads and bodies together. */
  readonly maxSize: number;
  /** How long after its origin last confirmed it an entry stays, in ms; by default until it is gone. */
  readonly ttl?: number | undefined;
  readonly clock: Clock;
  /** Reports evictions (`tier:evicted`). */
  readonly events?: Events;
}

/** Tombstones take at most this share of the bound. */
const TOMBSTONE_SHARE = 1 / 8;
const PAGE = 1_000;
/** Entries that each write looks at, to remove those that are gone. */
const TIDY_PER_WRITE = 2;

/**
 * Entries in the memory of this process, bounded by an estimate of their bytes (`memory-entry.ts`). The least recently used are
 * evicted first. `peek` and `attach` are for readers, which call them synchronously and keep what they decoded.
 *
 * Tombstones are kept outside the LRU (`tombstones.ts`). A soft one, for a value that was only made stale, leaves that value in place: past its
 * ttl, it is there for readers to whom no tier below returns anything.
 */
export class MemoryTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #clock: Clock;
  readonly #events: Events | undefined;
  readonly #ttl: number;
  readonly #entries: LRUCache<string, MemoryEntry>;
  readonly #tombstones: Tombstones;
  /** How far the round has come that removes what is gone. */
  #round: Iterator<MemoryEntry | undefined> | undefined;
  #evicted = { keys: 0, unread: 0 };
  #closed = false;

  constructor(deps: MemoryTierDeps) {
    this.name = deps.name ?? 'memory';
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#ttl = deps.ttl ?? Number.POSITIVE_INFINITY;
    this.traits = {
      durable: false,
      reach: 'process',
      writes: 'brief',
      maxBodyBytes: Math.floor(deps.maxSize / 4),
      keeps: KEEPS_ALL,
    };
    this.#tombstones = new Tombstones({
      clock: deps.clock,
      most: Math.ceil((deps.maxSize * TOMBSTONE_SHARE) / ENTRY_OVERHEAD),
    });
    this.#entries = new LRUCache<string, MemoryEntry>({
      maxSize: deps.maxSize,
      sizeCalculation: sizeOf,
      dispose: (held, _key, reason) => {
        if (reason === 'evict') this.#countEvicted(held);
      },
    });
  }

  /** What `getMany` returns for this key, synchronously. Counts as a use. */
  peek(key: string): MemoryEntry | undefined {
    const held = this.#entries.get(key);
    if (held === undefined) return this.#tombstones.hiding(key);
    // The clock is read only where there is something to compare.
    if (this.#ttl !== Number.POSITIVE_INFINITY && this.#leavesAt(held.head) <= this.#clock.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return held.asRead();
  }

  /** Keeps what a reader decoded beside an entry that is still held, and counts `bytes` for it towards the bound. */
  attach(entry: MemoryEntry, decoded: unknown, bytes: number): void {
    const { head, body } = entry;
    if (this.#entries.peek(head.key) !== entry) return;
    const size = sizeOf(entry, head.key) + bytes;
    this.#entries.set(head.key, new MemoryEntry({ head, body }, decoded, true), { size });
    this.#reportEvicted();
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
    const verdicts = writes.map((write) => (write.kind === 'put' ? this.#put(write) : this.#extend(write)));
    this.#tidy(writes.length * TIDY_PER_WRITE);
    this.#reportEvicted();
    return verdicts;
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    const buried = Array.from(this.#tombstones.values(), ({ head }) => head.key);
    const keys = [...new Set([...buried, ...this.#entries.keys()])].filter((key) => key.startsWith(prefix));
    for (let i = 0; i < keys.length; i += PAGE) {
      this.#check(signal);
      const page = keys.slice(i, i + PAGE).map((key) => this.#held(key)?.head);
      yield page.filter((head) => head !== undefined);
    }
  }

  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    this.#check(signal);
    const before = await this.usage(signal);
    let removed = 0;
    const remove = (all: Iterable<MemoryEntry | undefined>, from: { delete(key: string): boolean }) => {
      const leaving: string[] = [];
      for (const held of all) {
        if (removed + leaving.length >= limit) break;
        if (held !== undefined && this.#leavesAt(held.head) <= now) leaving.push(held.head.key);
      }
      for (const key of leaving) from.delete(key);
      removed += leaving.length;
    };
    remove(this.#tombstones.values(), this.#tombstones);
    remove(this.#entries.rvalues(), this.#entries);
    return { removed, bytes: before.bytes - (await this.usage(signal)).bytes };
  }

  async usage(signal: AbortSignal): Promise<TierUsage> {
    this.#check(signal);
    return this.held;
  }

  /** What `usage` says, without a wait. */
  get held(): TierUsage {
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

  #held(key: string): MemoryEntry | undefined {
    return this.#entries.peek(key) ?? this.#tombstones.hiding(key);
  }

  #put(write: PutWrite): Written {
    const { entry } = write;
    const { key, stamp, kind } = entry.head;
    if (entry.body.byteLength > this.traits.maxBodyBytes) return 'too-large';
    const held = this.#entries.peek(key);
    const hides = kind === 'dropped' && write.soft !== true;
    const bound = hides
      ? this.#tombstones.hidesBelow(key, held?.head.stamp)
      : this.#tombstones.keepsOut(key, held?.head.stamp);
    if (bound > stamp) return 'superseded';
    if (kind !== 'dropped') {
      this.#tombstones.delete(key);
      this.#entries.set(key, new MemoryEntry({ head: entry.head, body: ownBytes(entry.body) }));
      return 'written';
    }
    if (write.soft !== true) this.#entries.delete(key);
    else if (held !== undefined) this.#expire(held);
    this.#tombstones.bury(write);
    return 'written';
  }

  #expire({ head, body, wasRead }: MemoryEntry): void {
    const entry = { head: { ...head, ...expired(head) }, body };
    this.#entries.set(head.key, new MemoryEntry(entry, undefined, wasRead));
  }

  #extend({ key, stamp, times, checksum }: ExtendWrite): Written {
    const held = this.#entries.peek(key);
    if (this.#tombstones.keepsOut(key, held?.head.stamp) > stamp) return 'superseded';
    if (held === undefined || held.head.checksum !== checksum) return 'missing';
    if (held.head.stamp === stamp && held.head.checkedAt > times.checkedAt) return 'written';
    this.#tombstones.delete(key);
    const head = { ...held.head, ...timesOf(times), stamp };
    this.#entries.set(key, new MemoryEntry({ head, body: held.body }, undefined, held.wasRead));
    return 'written';
  }

  /** Continues its round, from the least recently used: so what is gone makes room before anything else is evicted. */
  #tidy(steps: number): void {
    const now = this.#clock.now();
    for (let step = 0; step < steps; step += 1) {
      this.#round ??= this.#entries.rvalues();
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        return;
      }
      const head = next.value?.head;
      if (head === undefined || this.#leavesAt(head) > now) continue;
      if (this.#entries.peek(head.key) === next.value) this.#entries.delete(head.key);
    }
  }

  #leavesAt(head: Head): number {
    return leavesAt(head, this.#ttl);
  }

  #countEvicted(held: MemoryEntry): void {
    if (this.#leavesAt(held.head) <= this.#clock.now()) return;
    this.#evicted.keys += 1;
    if (!held.wasRead) this.#evicted.unread += 1;
  }

  #reportEvicted(): void {
    if (this.#evicted.keys === 0) return;
    const evicted = this.#evicted;
    this.#evicted = { keys: 0, unread: 0 };
    this.#events?.emit('tier:evicted', { tier: this.name, ...evicted });
  }
}

function timesOf({ fetchedAt, checkedAt, dueAt, staleAt, goneAt }: Times): Times {
  return { fetchedAt, checkedAt, dueAt, staleAt, goneAt };
}
