import type { Head } from '../entry.ts';
import { servableAt } from '../freshness.ts';
import { OTHER } from './labels.ts';

/** How the read of a key can end; each ends in exactly one of these, so they add up to the keys asked for. */
export const READ_ENDS = ['hits', 'stale', 'absent', 'misses', 'errors'] as const;
export type ReadEnd = (typeof READ_ENDS)[number];

/**
 * How reads of one source went at one tier, in keys, since the process began. Plain numbers: the code that reads keeps the object and
 * counts up in place.
 *
 * `hits`: a value within its ttl. `stale`: a value past its ttl and servable. `absent`: the origin said that there is none.
 * `misses`: nothing servable. `errors`: the tier failed.
 */
export type ReadCount = Record<ReadEnd, number>;

export type ReadRow = Readonly<ReadCount> & { readonly tier: string; readonly source: string };

/**
 * In place of a tier: the read as its caller saw it, over all tiers. Its `errors` are keys that are unavailable: no tier had them
 * while one that may have them failed.
 */
export const WHOLE_READ = 'stack';

export const NO_READS: Readonly<ReadCount> = { hits: 0, stale: 0, absent: 0, misses: 0, errors: 0 };

/** The counts of a process, by tier and source. They grow with the configuration, never with the work. */
export class ReadCounts {
  readonly #tiers = new Map<string, Map<string, ReadCount>>();
  readonly #others: (() => readonly ReadRow[])[] = [];
  readonly #most: number;
  #rows = 0;

  /** `most`: how many combinations of tier and source there are. Stored values may be of sources that nobody configures any more. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** Always the same object for the same names. */
  of(tier: string, source: string): ReadCount {
    return this.#tiers.get(tier)?.get(source) ?? this.#added(tier, source);
  }

  #added(tier: string, source: string): ReadCount {
    if (this.#rows >= this.#most && source !== OTHER) return this.of(OTHER, OTHER);
    const sources = this.#tiers.get(tier) ?? new Map<string, ReadCount>();
    const count = { ...NO_READS };
    this.#tiers.set(tier, sources.set(source, count));
    this.#rows += 1;
    return count;
  }

  /** Adds counts that are kept elsewhere and fetched by `rows`. */
  also(rows: () => readonly ReadRow[]): void {
    this.#others.push(rows);
  }

  /** A copy that does not change any more. The same tier and source may come more than once: then they are to be added. */
  rows(): ReadRow[] {
    const own = [...this.#tiers].flatMap(([tier, sources]) =>
      [...sources].map(([source, count]) => ({ tier, source, ...count })),
    );
    return [...own, ...this.#others.flatMap((rows) => rows())];
  }
}

/** How the read of a key counts that found this head, at a time. */
export function readEnd(head: Head | undefined, now: number): Exclude<ReadEnd, 'errors'> {
  const freshness = servableAt(head, now);
  if (head === undefined || freshness === 'gone') return 'misses';
  if (head.kind === 'absent') return 'absent';
  return freshness === 'stale' ? 'stale' : 'hits';
}
