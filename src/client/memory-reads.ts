import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type Freshness, isServable } from '../core/freshness.ts';
import { CoarseTime } from '../flow/coarse-time.ts';
import type { BusHealth } from '../tiers/invalidation/bus-health.ts';
import type { Fences } from '../tiers/invalidation/fences.ts';
import type { MemoryEntry, MemoryTier } from '../tiers/memory/memory-tier.ts';
import type { KeySampler } from './key-sampler.ts';
import { readValue, weightOf } from './values.ts';

/** A value that was read out of an entry, ready for every reader. */
export interface DecodedValue {
  /** Undefined where the origin says that there is no such value. */
  readonly value: unknown;
  /** Where readers must not share the value: makes one for each. */
  readonly copy: (() => unknown) | undefined;
  /** The value, for those who wait: one promise for all. */
  readonly promise: Promise<unknown>;
  /** Until when it is given out without another look at the tiers below, ms since the epoch. */
  readonly until: number;
  readonly tally: KeySampler;
}

export interface MemoryReadsDeps {
  /** Undefined: every read goes to the tiers below. */
  readonly memory: MemoryTier | undefined;
  /** Tags, sources and everything that were invalidated. */
  readonly fences: Pick<Fences, 'modeOf'>;
  /** Lost: what memory holds may have been invalidated unheard. */
  readonly busHealth: Pick<BusHealth, 'isStale'>;
  readonly clock: Clock;
  readonly events: Events;
  /** By the name of a source; undefined for one that is not configured. */
  readonly tallyOf: (source: string) => KeySampler | undefined;
}

/** What is due or stale is given out of memory for so long before the tiers below are asked again, in ms. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Reads that memory answers: values parsed once, kept beside the entry they were read from, and gone with it. The one
 * place that decides whether what memory holds may be given out.
 */
export class MemoryReads {
  readonly #deps: MemoryReadsDeps;
  readonly #time: CoarseTime;

  constructor(deps: MemoryReadsDeps) {
    this.#deps = deps;
    this.#time = new CoarseTime(deps.clock);
  }

  /** What is read next is judged by the very time: something was made stale. */
  expire(): void {
    this.#time.expire();
  }

  /** What may be given out at once. Counts as a read. */
  hit(key: string): DecodedValue | undefined {
    const entry = this.#deps.memory?.peek(key);
    if (entry === undefined) return undefined;
    // Only `#open` attaches here.
    const view = (entry.decoded as DecodedValue | undefined) ?? this.#open(entry);
    if (view === undefined || this.#time.now() >= view.until) return undefined;
    if (this.#deps.busHealth.isStale || this.#deps.fences.modeOf(entry.head) !== undefined) return undefined;
    view.tally.hit(key);
    return view;
  }

  /** What memory has to give out at all, stale values as well. Counts as a read where it has any. */
  peek(key: string): unknown {
    const view = this.hit(key);
    if (view !== undefined) return valueIn(view);
    const entry = this.#deps.memory?.peek(key);
    if (entry === undefined || !isServable(entry.head, this.#time.now())) return undefined;
    if (this.#deps.busHealth.isStale || this.#deps.fences.modeOf(entry.head) === 'drop') return undefined;
    const found = this.read(entry, 0);
    if (found === undefined) return undefined;
    found.tally.hit(key);
    return valueIn(found);
  }

  /**
   * Notes that the tiers below had nothing newer than this when they were asked, at `began`, so that memory answers for a while
   * from then on: the answer may have been dealt with much later. Answers its view.
   */
  looked(entry: Entry, freshness: Freshness, began: number): DecodedValue | undefined {
    const { head } = entry;
    const end = freshness === 'due' ? head.staleAt : head.goneAt;
    const until = freshness === 'fresh' ? head.dueAt : Math.min(end, began + LOOK_AGAIN_MS);
    const held = this.#deps.memory?.peek(head.key);
    if (held === undefined || held.head.stamp !== head.stamp || held.head.kind !== head.kind)
      return this.read(entry, until);
    // Only `#attach` puts views there.
    const known = held.decoded as DecodedValue | undefined;
    const view = known === undefined ? this.read(held, until) : { ...known, until };
    if (view !== undefined) this.#attach(held, view);
    return view;
  }

  /** The view of an entry; undefined when its body is not what its format says, which is reported. */
  read(entry: Entry, until: number): DecodedValue | undefined {
    const { head, body } = entry;
    const tally = this.#deps.tallyOf(head.source);
    if (tally === undefined) return undefined;
    if (head.kind === 'absent') return { ...ABSENT, until, tally };
    try {
      const { value, copy } = readValue(head.format, body);
      return { value, copy, promise: Promise.resolve(copy === undefined ? value : undefined), until, tally };
    } catch (error) {
      const reason = messageOf(error);
      this.#deps.events.emit('tier:corrupt', { tier: 'stack', key: head.key, reason });
      return undefined;
    }
  }

  /** The first read of what memory holds. What is due or dropped sends the reader on. */
  #open(entry: MemoryEntry): DecodedValue | undefined {
    const { head } = entry;
    if (head.kind === 'dropped' || this.#time.now() >= head.dueAt) return undefined;
    const view = this.read(entry, head.dueAt);
    if (view !== undefined) this.#attach(entry, view);
    return view;
  }

  #attach(entry: MemoryEntry, view: DecodedValue): void {
    this.#deps.memory?.attach(entry, view, weightOf(entry.head.format, entry.body));
  }
}

export function valueIn(view: DecodedValue): unknown {
  return view.copy === undefined ? view.value : view.copy();
}

export function promiseOf(view: DecodedValue): Promise<unknown> {
  return view.copy === undefined ? view.promise : Promise.resolve(view.copy());
}

const ABSENT = { value: undefined, copy: undefined, promise: Promise.resolve(undefined) } as const;
