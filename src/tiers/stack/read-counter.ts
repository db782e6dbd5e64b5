import type { Entry } from '../../core/entry.ts';
import { type ReadCount, type ReadCounts, readEnd, WHOLE_READ } from '../../core/metrics/read-counts.ts';

/** What one tier was asked for in a read of the stack, and what it had. */
export type Asked = AskedTier &
  (
    | { /** In the order of `places`. */ readonly entries: readonly (Entry | undefined)[] }
    | { readonly entries: undefined /** Why the tier failed. */; readonly reason: string }
  );

interface AskedTier {
  readonly tier: string;
  /** Which keys of the read, as places in it. */
  readonly places: readonly number[];
}

export interface FinishedRead {
  readonly keys: readonly string[];
  readonly found: readonly (Entry | undefined)[];
  readonly asked: readonly Asked[];
  /** The time that freshness is judged against, in ms. */
  readonly now: number;
}

/** Counts how reads of the stack ended, by tier and source. */
export class ReadCounter {
  readonly #counts: ReadCounts;
  readonly #sourceOf: (key: string) => string;

  /** `sourceOf` is asked only for keys that no tier has: what is found names its source. */
  constructor(counts: ReadCounts, sourceOf: (key: string) => string) {
    this.#counts = counts;
    this.#sourceOf = sourceOf;
  }

  /** Runs in every read: plain loops, and no objects for a key. */
  count({ keys, found, asked, now }: FinishedRead): void {
    const sources = keys.map((key, i) => found[i]?.head.source ?? this.#sourceOf(key));
    let isWhole = true;
    for (const { tier, places, entries } of asked) {
      if (entries === undefined) isWhole = false;
      const counts = new Counting(this.#counts, tier);
      for (let at = 0; at < places.length; at += 1) {
        const end = entries === undefined ? 'errors' : readEnd(entries[at]?.head, now);
        counts.of(sources[places[at] ?? 0] ?? '')[end] += 1;
      }
    }
    const failed = isWhole ? NONE : placesThatFailed(asked);
    const counts = new Counting(this.#counts, WHOLE_READ);
    for (let i = 0; i < keys.length; i += 1) {
      const head = found[i]?.head;
      const end = readEnd(head, now);
      counts.of(sources[i] ?? '')[end === 'misses' && failed.has(i) ? 'errors' : end] += 1;
    }
  }
}

const NONE: ReadonlySet<number> = new Set();

function placesThatFailed(asked: readonly Asked[]): ReadonlySet<number> {
  return new Set(asked.flatMap(({ places, entries }) => (entries === undefined ? places : [])));
}

/** The counts of a tier. Keys of one source mostly come together: then its counts are looked up once. */
class Counting {
  readonly #counts: ReadCounts;
  readonly #tier: string;
  #source = '';
  #last: ReadCount | undefined;

  constructor(counts: ReadCounts, tier: string) {
    this.#counts = counts;
    this.#tier = tier;
  }

  of(source: string): ReadCount {
    if (this.#last === undefined || this.#source !== source) {
      this.#last = this.#counts.of(this.#tier, source);
      this.#source = source;
    }
    return this.#last;
  }
}
