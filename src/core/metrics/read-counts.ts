import type { Head } from '../entry.ts';
import { servableAt } from '../freshness.ts';
import { type Buckets, Histogram } from './histogram.ts';
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

/** How reads of applications of one source ended, loads included. */
export type AnswerCount = Readonly<Record<'value' | 'stale' | 'absent' | 'missing' | 'unavailable', number>>;
export type AnswerRow = AnswerCount & { readonly source: string };

/** A tier below memory served the read, or it waited for the origin or the workers, in vain perhaps. */
export type ReadWay = 'tiers' | 'load';
export interface ReadTimesRow {
  readonly source: string;
  readonly way: ReadWay;
  readonly buckets: Buckets;
}

/**
 * The counts of a process, by tier and source. They grow with the configuration, never with the work. They are counted in place, since
 * an event for each read would cost too much.
 */
export class ReadCounts {
  readonly #tiers = new Map<string, Map<string, ReadCount>>();
  readonly #others: (() => readonly ReadRow[])[] = [];
  readonly #answers: (() => readonly AnswerRow[])[] = [];
  readonly #durations = new Map<string, Record<ReadWay, Histogram>>();
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

  /** Adds answers that are counted elsewhere, and fetched by `rows`. */
  alsoAnswers(rows: () => readonly AnswerRow[]): void {
    this.#answers.push(rows);
  }

  /** How long reads of a configured source took, in ms, that memory did not serve. Always the same object for the same name. */
  times(source: string): Readonly<Record<ReadWay, Histogram>> {
    const known = this.#durations.get(source);
    if (known !== undefined) return known;
    const times = { tiers: new Histogram(), load: new Histogram() };
    this.#durations.set(source, times);
    return times;
  }

  /** As `rows`, of answers. */
  answers(): AnswerRow[] {
    return this.#answers.flatMap((rows) => rows());
  }

  durations(): ReadTimesRow[] {
    return [...this.#durations].flatMap(([source, times]) =>
      (['tiers', 'load'] as const).flatMap((way) =>
        times[way].total === 0 ? [] : [{ source, way, buckets: times[way].buckets() }],
      ),
    );
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
