/** What is recorded of a chaos run. Every time is one of `mono`, unless it says otherwise. */

/** A value that once was fetched, or set by an application. */
export interface Value {
  readonly id: string;
  readonly key: string;
  /** How it came about: `the origin was asked` or the process that set it. */
  readonly by: string;
  /** Its stamp was taken after this... */
  readonly from: number;
  /**
   * ...and before this: when the origin was asked, or confirmed it the last time, or when the set had ended. Infinity: not known
   * yet.
   */
  until: number;
}

/** It may take effect from `begin` on, and must have from `end` on. */
export interface Invalidation {
  readonly by: string;
  /** What is only made stale may be served, and must not be lost. */
  readonly mode: 'drop' | 'stale';
  /** The selector. */
  readonly what: string;
  /** By a fence, which tiers know nothing of; else key by key. */
  readonly fenced: boolean;
  readonly begin: number;
  /** When it was acknowledged, or failed, or its process was killed. Infinity: not yet. */
  end: number;
  acknowledged: boolean;
  /** Tiers that did not take all of it, as its process noticed: they are repaired later. */
  missed: readonly string[];
  /** A tier failed at it, or may have: a value that no other tier has is dropped then, also where it is only to be stale. */
  blind: boolean;
}

export interface Read {
  readonly by: string;
  readonly key: string;
  readonly begin: number;
  readonly end: number;
  /** The id of the value; undefined for a miss. */
  readonly value: string | undefined;
  readonly error?: string;
  /** Tiers that failed for this process while it read, or were passed over since they had failed before. */
  readonly trouble: readonly string[];
  /** The same, and those for which that was so a moment before: what memory holds was looked for in vain then. */
  readonly lately: readonly string[];
}

/** What one tier held under one key, at some time between `begin` and `end`. */
export interface Sight {
  readonly tier: string;
  readonly key: string;
  readonly begin: number;
  readonly end: number;
  readonly held: Held | undefined;
}

export interface Held {
  /** Microseconds since the epoch, on the clock of the jobs Redis. */
  readonly stamp: number;
  /** Undefined for a tombstone. */
  readonly value: string | undefined;
  /** Ms since the epoch. */
  readonly times: Readonly<Record<'fetchedAt' | 'checkedAt' | 'dueAt' | 'staleAt' | 'goneAt', number>>;
}

/** How a source's values live, in ms. */
export interface Lives {
  readonly due: number;
  readonly gone: number;
  /** Readers fetch what they miss, or ask workers to; while the Redis for jobs is away, each fetches for itself. */
  readonly isReadThrough: boolean;
}

/** A promise that was not kept. */
export interface Violation {
  /** As `design.md` numbers them: 2 newest wins, 3 invalidation holds, 6 reads survive, 8 promotion never resets age. */
  readonly guarantee: 2 | 3 | 6 | 8;
  readonly key: string;
  readonly at: number;
  /** What contradicts, one event a line, by time. */
  readonly story: readonly Told[];
}

export interface Told {
  readonly at: number;
  readonly text: string;
}

/** What a child tells the checker. */
export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'reads'; readonly reads: readonly Read[] }
  | { readonly kind: 'setting'; readonly value: string; readonly key: string; readonly begin: number }
  | { readonly kind: 'set'; readonly value: string; readonly end: number }
  | {
      readonly kind: 'invalidating';
      readonly mode: 'drop' | 'stale';
      readonly what: string;
      readonly fenced: boolean;
      readonly keys: readonly string[];
      readonly begin: number;
    }
  | {
      readonly kind: 'invalidated';
      readonly begin: number;
      readonly end: number;
      readonly missed: readonly string[];
      readonly blind: boolean;
      readonly error?: string;
    }
  | { readonly kind: 'stalled'; readonly from: number; readonly to: number }
  /** What its reader complains of, for the story. */
  | { readonly kind: 'problem'; readonly at: number; readonly text: string };
