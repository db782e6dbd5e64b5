import type { Entry } from '../core/entry.ts';
import { type ReadCount, type ReadCounts, type ReadEnd, readEnd, WHOLE_READ } from '../core/read-counts.ts';

/** What one tier was asked for in a read of the stack. */
export interface Asked {
  readonly tier: string;
  /** Which keys of the read, as places in it. */
  readonly places: readonly number[];
  /** In the order of `places`; undefined when the tier did not answer. */
  readonly answers: readonly (Entry | undefined)[] | undefined;
}

export interface FinishedRead {
  readonly keys: readonly string[];
  readonly found: readonly (Entry | undefined)[];
  readonly asked: readonly Asked[];
  /** Against which freshness is judged, in ms. */
  readonly now: number;
}

/** Counts what reads of the stack came to, by tier and source. */
export class ReadTally {
  readonly #counts: ReadCounts;
  readonly #sourceOf: (key: string) => string;

  /** `sourceOf` is asked only for keys that no tier has: what is found names its source. */
  constructor(counts: ReadCounts, sourceOf: (key: string) => string) {
    this.#counts = counts;
    this.#sourceOf = sourceOf;
  }

  note({ keys, found, asked, now }: FinishedRead): void {
    const sources = keys.map((key, i) => found[i]?.head.source ?? this.#sourceOf(key));
    const unanswered = new Set<number>();
    for (const { tier, places, answers } of asked) {
      if (answers === undefined) for (const i of places) unanswered.add(i);
      this.#add(tier, places, sources, (at) =>
        answers === undefined ? 'errors' : readEnd(answers[at]?.head, now),
      );
    }
    this.#add(WHOLE_READ, [...keys.keys()], sources, (i) =>
      found[i] === undefined && unanswered.has(i) ? 'errors' : readEnd(found[i]?.head, now),
    );
  }

  #add(
    tier: string,
    places: readonly number[],
    sources: readonly string[],
    endAt: (at: number) => ReadEnd,
  ): void {
    let source = '';
    let count: ReadCount | undefined;
    for (const [at, i] of places.entries()) {
      const next = sources[i] ?? '';
      // Keys of one source mostly come together: its counts are looked up once.
      if (count === undefined || next !== source) count = this.#counts.of(tier, next);
      source = next;
      count[endAt(at)] += 1;
    }
  }
}
