/**
 * The contract of a tier: a place where entries live. Batch first: a single key is a batch of one.
 *
 * Each store has a folder: `memory/`, `redis/`, `disk/` (SQLite) and `s3/`. Wrappers add one thing each to any tier, and are
 * tiers themselves: `CodedTier` compresses and encrypts, `GuardedTier` ends calls by a deadline and keeps callers from a tier
 * that is down, `TimedTier` measures, `FilteredTier` leaves out what does not belong in it. `stack/` puts the tiers in order
 * and is a tier, too: readers, the warmer and the verbs know only the stack, and `app` builds it.
 *
 *     stack -> filtered -> guarded -> coded -> redis, disk, s3
 *           -> timed -> memory
 *
 * `format/` is how an entry becomes bytes, `codec/` what happens to a body on its way into a store, `retention.ts` what
 * belongs in a tier. `invalidation/` is how all processes stop serving what is out of date.
 *
 * What must stay true:
 * - Newest wins, in every tier: stamps decide, never the order of writes. So every write may come twice, or late.
 * - Times are absolute and come from the fetch. Tiers carry them and never judge freshness; a store's own expiry is
 *   housekeeping.
 * - A damaged entry is a miss, never an error and never a wrong value.
 * - Every method rejects with `ForewarmError` (`E_TIER_UNAVAILABLE`, `E_TIER_CLOSED`), and with the signal's reason once it
 *   aborts.
 */
import type { Entry, Head, Stamp, Times } from '../core/entry.ts';
import type { Retention } from './retention.ts';

/** What others must know about a variant, as data. */
export interface TierTraits {
  /** It outlives a restart of the process. */
  readonly durable: boolean;
  /** Who sees what is written: this process, this host, or everyone. */
  readonly reach: 'process' | 'host' | 'shared';
  /** `long`: a process may well end in the middle of a write, so that others have to finish it. */
  readonly writes: 'brief' | 'long';
  /** The largest body it takes; the verdict on a larger one is `too-large`, and nothing is cut. */
  readonly maxBodyBytes: number;
  /** Which entries belong in it. It does not lack others. */
  readonly keeps: Retention;
}

/** Store this entry, unless the tier holds the same key with a higher stamp. Tombstones are entries of kind `dropped`. */
export interface PutWrite {
  readonly kind: 'put';
  readonly entry: Entry;
  /**
   * Only of a tombstone in the memory of this process: it keeps older values out, and leaves the one that is held, which is
   * stale from now on.
   */
  readonly soft?: true;
}

/**
 * The origin confirmed the stored body: give it these times and this stamp without rewriting the body. Applies only if
 * the tier holds a body with this checksum under a lower or equal stamp. Of two under an equal stamp the later confirmation
 * stays, so that tiers agree in whatever order they come: the earlier is `written` and changes nothing.
 */
export interface ExtendWrite {
  readonly kind: 'extend';
  readonly key: string;
  readonly stamp: Stamp;
  readonly times: Times;
  readonly checksum: number;
}

export type Write = PutWrite | ExtendWrite;

export function keyOf(write: Write): string {
  return write.kind === 'put' ? write.entry.head.key : write.key;
}

/**
 * `written`: the tier now holds it. `superseded`: the tier holds a higher stamp, which stays. `missing`: an `extend`
 * found no such body. `too-large`: over `maxBodyBytes`. `not-kept`: it does not belong in the tier.
 */
export type Written = 'written' | 'superseded' | 'missing' | 'too-large' | 'not-kept';

/** `head` leaves the bodies out: entries come back with an empty one. */
export type Want = 'entry' | 'head';

export interface TierUsage {
  readonly entries: number;
  readonly bytes: number;
}

export interface Tier {
  readonly name: string;
  readonly traits: TierTraits;
  /** What is stored, tombstones included, in the order of `keys`; undefined is a miss. A corrupt entry is a miss. */
  getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]>;
  /** One verdict per write, in order. Newest wins, by stamp; an equal stamp replaces. */
  putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]>;
  /** Heads of the keys that start with `prefix`, each once, in pages, while writes go on. */
  scan(prefix: string, signal: AbortSignal): AsyncIterable<Head[]>;
  /** Removes what is gone at `now` and gives the space back; at most about `limit` entries a call. */
  sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }>;
  usage(signal: AbortSignal): Promise<TierUsage>;
  /** Idempotent. */
  close(): Promise<void>;
}
