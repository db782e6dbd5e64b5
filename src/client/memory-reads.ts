import type { Clock } from '../core/clock.ts';
import type { Entry, Head } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type Freshness, isServable } from '../core/freshness.ts';
import { CoarseTime } from '../flow/coarse-time.ts';
import type { BusHealth } from '../tiers/invalidation/bus-health.ts';
import type { Fences } from '../tiers/invalidation/fences.ts';
import type { MemoryEntry, MemoryTier } from '../tiers/memory/memory-tier.ts';
import type { KeySampler } from './key-sampler.ts';
import { decodeBody, weightOf } from './values.ts';

/** What the bytes of an entry decode to, ready for every reader. */
export interface DecodedValue {
  /** Of the entry, as the fences let it be seen when it was read. */
  readonly head: Head;
  /** Undefined where the origin says that there is no such value. */
  readonly value: unknown;
  /** Where readers must not share the value: makes one for each. */
  readonly copy: (() => unknown) | undefined;
  /** The value for those who await it: one promise for all, so that a hit allocates nothing. */
  readonly promise: Promise<unknown>;
  /** Until when it is served without another look at the tiers below, ms since the epoch. */
  readonly until: number;
  readonly sampler: KeySampler;
}

/** What came of decoding an entry. Both are undefined for a source that is not configured. */
export interface Decoding {
  readonly decoded: DecodedValue | undefined;
  /** Why its body is not what its format says. */
  readonly reason?: string;
}

export interface MemoryReadsDeps {
  /** Undefined: every read goes to the tiers below. */
  readonly memory: MemoryTier | undefined;
  /** What was invalidated by tag, prefix or source, or as a whole. */
  readonly fences: Pick<Fences, 'modeOf'>;
  /** Stale: what memory holds may have been invalidated without this process hearing of it. */
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly clock: Clock;
  readonly events: Events;
  /** By the name of a source; undefined for one that is not configured. */
  readonly samplerOf: (source: string) => KeySampler | undefined;
}

/** How long memory serves what is due or stale before the tiers below are asked again, in ms. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Reads that memory serves: values are decoded once, kept beside their entry, and gone with it. The only place that decides
 * whether what memory holds may be served. `hit` is the hot path: it allocates nothing and awaits nothing.
 */
export class MemoryReads {
  readonly #deps: MemoryReadsDeps;
  readonly #time: CoarseTime;

  constructor(deps: MemoryReadsDeps) {
    this.#deps = deps;
    this.#time = new CoarseTime(deps.clock);
  }

  /** The next read is judged by the exact time: something was made stale. */
  expire(): void {
    this.#time.expire();
  }

  /** What may be served at once. Counts as a read. */
  hit(key: string): DecodedValue | undefined {
    const entry = this.#deps.memory?.peek(key);
    if (entry === undefined) return undefined;
    // Only `#open` attaches here.
    const decoded = (entry.decoded as DecodedValue | undefined) ?? this.#open(entry);
    if (decoded === undefined || this.#time.now() >= decoded.until) return undefined;
    if (this.#deps.busHealth.isStale || this.#deps.fences.modeOf(entry.head) !== undefined) return undefined;
    countHit(decoded, key);
    return decoded;
  }

  /** What memory can serve at all, stale values as well. Counts as a read where it can. */
  peek(key: string): unknown {
    const decoded = this.hit(key);
    if (decoded !== undefined) return valueIn(decoded);
    const entry = this.#deps.memory?.peek(key);
    if (entry === undefined || !isServable(entry.head, this.#time.now())) return undefined;
    if (this.#deps.busHealth.isStale || this.#deps.fences.modeOf(entry.head) === 'drop') return undefined;
    const { decoded: found } = this.decode(entry, 0);
    if (found === undefined) return undefined;
    countHit(found, key);
    return valueIn(found);
  }

  /**
   * Notes that the tiers below had nothing newer than this when they were asked, at `began`: memory serves it for a while from
   * then on, however much later their reply is processed. Returns what it decodes to.
   */
  confirm(entry: Entry, freshness: Freshness, began: number): Decoding {
    const { head } = entry;
    const end = freshness === 'due' ? head.staleAt : head.goneAt;
    const until = freshness === 'fresh' ? head.dueAt : Math.min(end, began + LOOK_AGAIN_MS);
    const held = this.#deps.memory?.peek(head.key);
    if (held === undefined || held.head.stamp !== head.stamp || held.head.kind !== head.kind)
      return this.decode(entry, until);
    // Only `#attach` puts values there.
    const known = held.decoded as DecodedValue | undefined;
    const decoding = known === undefined ? this.decode(held, until) : { decoded: { ...known, head, until } };
    if (decoding.decoded !== undefined) this.#attach(held, decoding.decoded);
    return decoding;
  }

  /** The value of an entry, or why there is none: its body is not what its format says, which is reported. */
  decode(entry: Entry, until: number): Decoding {
    const { head, body } = entry;
    const sampler = this.#deps.samplerOf(head.source);
    if (sampler === undefined) return UNCONFIGURED;
    if (head.kind === 'absent') return { decoded: { head, ...ABSENT, until, sampler } };
    try {
      const { value, copy } = decodeBody(head.format, body);
      const promise = Promise.resolve(copy === undefined ? value : undefined);
      return { decoded: { head, value, copy, promise, until, sampler } };
    } catch (error) {
      const reason = messageOf(error);
      this.#deps.events.emit('tier:corrupt', { tier: 'stack', key: head.key, reason });
      return { decoded: undefined, reason };
    }
  }

  /** The first read of what memory holds. What is due or dropped is left to the tiers below. */
  #open(entry: MemoryEntry): DecodedValue | undefined {
    const { head } = entry;
    if (head.kind === 'dropped' || this.#time.now() >= head.dueAt) return undefined;
    const { decoded } = this.decode(entry, head.dueAt);
    if (decoded !== undefined) this.#attach(entry, decoded);
    return decoded;
  }

  #attach(entry: MemoryEntry, decoded: DecodedValue): void {
    this.#deps.memory?.attach(entry, decoded, weightOf(entry.head.format, entry.body));
  }
}

function countHit({ head, sampler }: DecodedValue, key: string): void {
  if (head.kind === 'absent') sampler.absentHit(key);
  else sampler.hit(key);
}

/** The value for one reader: shared with the others, or a copy of its own. */
export function valueIn(decoded: DecodedValue): unknown {
  return decoded.copy === undefined ? decoded.value : decoded.copy();
}

/** As `valueIn`, for a caller that awaits it. */
export function promiseOf(decoded: DecodedValue): Promise<unknown> {
  return decoded.copy === undefined ? decoded.promise : Promise.resolve(decoded.copy());
}

const UNCONFIGURED: Decoding = { decoded: undefined };
const ABSENT = { value: undefined, copy: undefined, promise: Promise.resolve(undefined) } as const;
