import type { Head } from './entry.ts';
import { servableAt } from './freshness.ts';

/** What a key that was asked for can have come to; each ends in exactly one of them, so they add up to the keys asked. */
export const READ_ENDS = ['hits', 'stale', 'misses', 'errors'] as const;
export type ReadEnd = (typeof READ_ENDS)[number];

/**
 * How reads of one source went at one tier, in keys, since the process began. Plain numbers: whoever reads keeps the object and
 * counts up in place.
 *
 * `hits`: a value within its ttl, or a remembered absence. `stale`: a value past its ttl and servable. `misses`: nothing
 * servable. `errors`: no answer.
 */
export type ReadCount = Record<ReadEnd, number>;

export type ReadRow = Readonly<ReadCount> & { readonly tier: string; readonly source: string };

/**
 * In place of a tier: the read as its caller saw it, over all tiers. Its `errors` are keys that no tier had, of those asked, while
 * one of them did not answer.
 */
export const WHOLE_READ = 'stack';

/** The counts of a process, by tier and source. They grow with the configuration, never with the work. */
export class ReadCounts {
  readonly #tiers = new Map<string, Map<string, ReadCount>>();
  readonly #others: (() => readonly ReadRow[])[] = [];

  /** Always the same object for the same names. */
  of(tier: string, source: string): ReadCount {
    const sources = this.#tiers.get(tier) ?? new Map<string, ReadCount>();
    const count = sources.get(source) ?? { hits: 0, stale: 0, misses: 0, errors: 0 };
    this.#tiers.set(tier, sources.set(source, count));
    return count;
  }

  /** Counts that somebody keeps elsewhere, asked for with `rows`. */
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

/** What a tier's answer for a key counts as at a time. */
export function readEnd(head: Head | undefined, now: number): Exclude<ReadEnd, 'errors'> {
  const freshness = servableAt(head, now);
  if (freshness === 'gone') return 'misses';
  return freshness === 'stale' ? 'stale' : 'hits';
}
