import { count, counted } from '../core/counted.ts';
import type { Head } from '../core/entry.ts';
import type { Source } from '../core/source.ts';
import type { FetchedBody } from '../origins/origin.ts';
import type { Answered } from './judgement.ts';

/** Of a `float32` body. */
const BYTES_PER_NUMBER = 4;
/** Lengths that are told apart for a source: one is right, and few are ever seen. */
const MOST_LENGTHS = 32;

/** What this process knows of the vectors of a source. */
interface KnownLengths {
  /** How many numbers stored ones have. */
  stored: number | undefined;
  /** How often an origin gave each length, as long as nothing is known to be stored. */
  readonly given: Map<number, number>;
}

/**
 * Vectors of one source are compared with each other, so all have one length: that of those that are stored; while none is known, the
 * one that the origin gives most often. Where `dimensions` says it, the origin itself refuses others, and nothing is asked here.
 *
 * A process learns it from the heads of the keys that it fetches. Where somebody dropped these, it is forgotten: the next may be of
 * another model.
 */
export class VectorLengths {
  readonly #sources = new Map<string, KnownLengths>();

  /** For one batch of answers: why a vector of it must not be stored; undefined when it may. */
  judgeOf(source: Source, answers: readonly Answered[]): (answer: FetchedBody) => string | undefined {
    const lengths = answers.flatMap(({ answer }) =>
      answer.kind === 'body' && answer.numbers !== undefined ? [answer.numbers] : [],
    );
    if (lengths.length === 0) return () => undefined;
    const right = this.#rightLength(source, answers, lengths);
    return ({ numbers }) =>
      numbers === undefined || numbers === right ? undefined : problem(source, numbers, right);
  }

  #rightLength(source: Source, answers: readonly Answered[], lengths: readonly number[]): number | undefined {
    const known = this.#knownOf(source);
    const heads = answers.flatMap(({ wanted }) => wanted.head ?? []);
    if (heads.some(({ kind }) => kind === 'dropped')) {
      known.stored = undefined;
      known.given.clear();
    }
    known.stored = mostOf(tally(new Map(), heads.flatMap(lengthOf))) ?? known.stored;
    if (known.stored !== undefined) return known.stored;
    return mostOf(tally(known.given, lengths));
  }

  #knownOf({ name }: Source): KnownLengths {
    const known = this.#sources.get(name) ?? { stored: undefined, given: new Map() };
    this.#sources.set(name, known);
    return known;
  }
}

/** Of other formats a head does not say it. */
function lengthOf({ kind, format, bodyBytes }: Head): number[] {
  return kind === 'value' && format === 'float32' ? [bodyBytes / BYTES_PER_NUMBER] : [];
}

function tally(counts: Map<number, number>, lengths: readonly number[]): Map<number, number> {
  for (const length of lengths) {
    const before = counts.get(length);
    if (before !== undefined || counts.size < MOST_LENGTHS) counts.set(length, (before ?? 0) + 1);
  }
  return counts;
}

/** The most frequent; of equals, the first that was seen. */
function mostOf(counts: ReadonlyMap<number, number>): number | undefined {
  let most: number | undefined;
  for (const [length, times] of counts) if (times > (counts.get(most ?? -1) ?? 0)) most = length;
  return most;
}

function problem({ name }: Source, numbers: number, right: number | undefined): string {
  return (
    `its vector has ${counted(numbers, 'number')}, and others of source "${name}" have ${count(right ?? 0)}: ` +
    'another model? Say by `dimensions` which it is, or name the model in the key'
  );
}
