/**
 * The contract of fences. A fence is a stamp below which entries do not count: those of a source, those that carry a tag,
 * those whose keys start alike, or all of an origin. Raising one costs the same however many entries it hides, since each
 * is judged when it is read.
 */
import type { Head, Stamp } from '../../core/entry.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import type { Source } from '../../core/source.ts';

/** What a fence is about, in its written form: `all`, `source:NAME`, `tag:TAG` or `prefix:START-OF-KEYS`. */
export type FenceTarget = string;

export const ALL: FenceTarget = 'all';
export const ofSource = (name: string): FenceTarget => `source:${name}`;
export const ofTag = (tag: string): FenceTarget => `tag:${tag}`;
export const ofPrefix = (prefix: string): FenceTarget => `prefix:${prefix}`;
/** The source that a target names, if it names one. */
export const sourceOf = (target: FenceTarget): string | undefined =>
  target.startsWith('source:') ? target.slice('source:'.length) : undefined;

export interface Fence {
  /** Stamps are comparable per origin, so each origin has fences of its own. */
  readonly origin: string;
  readonly target: FenceTarget;
  readonly mode: InvalidationMode;
  readonly stamp: Stamp;
}

/** What a fence judges an entry by. */
export type Fenced = Pick<Head, 'key' | 'source' | 'stamp' | 'tags' | 'params'>;

/** What fences need to know of a source: what its values are tagged by now, whatever they carry. */
export type FencedSource = Pick<Source, 'name' | 'origin' | 'key' | 'tags'>;

export interface Fences {
  /** The tier whose reads show whether this process knows the latest fences; undefined when none does. */
  readonly piggybackTier: string | undefined;
  /** What the fences that this process knows make of an entry; undefined: nothing. No round trip. */
  modeOf(entry: Fenced): InvalidationMode | undefined;
  /** Those that this process knows and that the entry is below, the latest first: what hides it. No round trip. */
  over(entry: Fenced): readonly Fence[];
  /** The head as readers must take it: the very same, past its ttl, or a tombstone. No round trip. */
  see(head: Head): Head;
  /** A moment, to be asked about later. */
  moment(): number;
  /** Whether every fence that was raised before that moment is known here. No round trip. */
  isKnownSince(moment: number): boolean;
  /**
   * Resolves when every fence is known here that was raised before this call; false: the fences could not be read. Calls in
   * one turn of the event loop share a round trip. `patience`: how long to wait, in ms, also while others do not wait any more.
   * Default: as long as a reader can.
   */
  sync(patience?: number): Promise<boolean>;
  /**
   * Resolves when every reader of a shared tier obeys the new fences. They are above every stamp that was given before; those of one
   * origin may differ, and what they promise together is the lowest of them: what began to be fetched between two may count.
   */
  raise(targets: readonly FenceTarget[], mode: InvalidationMode): Promise<readonly Fence[]>;
  /** Takes over fences that another process announced. */
  learn(fences: readonly Fence[]): void;
  /**
   * Resolves when fences that may concern entries of the source are kept for `life` ms at least, the time that such an entry is
   * about to live. What it has as its source says needs none of this.
   */
  keepFor(source: string, life: number): Promise<void>;
  /** Forgets those that no entry can be below any more. Returns how many. */
  trim(): Promise<number>;
}

/** Nothing is fenced, and nothing can be. */
export const NO_FENCES: Fences = {
  piggybackTier: undefined,
  modeOf: () => undefined,
  over: () => [],
  see: (head) => head,
  moment: () => 0,
  isKnownSince: () => true,
  sync: async () => true,
  raise: async () => [],
  learn: () => undefined,
  keepFor: async () => undefined,
  trim: async () => 0,
};
