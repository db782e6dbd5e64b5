/** Which parts of the keys of a call that failed are asked for next, until each is answered or has failed alone. */

/** Keys that are asked for one by one where nothing was answered yet, before all others are taken to fail like them. */
const SAMPLES = 12;
/** And where the call before ended so. */
const FEWER_SAMPLES = 5;
/** They are spread by this, the golden ratio, and not evenly: bad ids may well be evenly spread. */
const SPREAD = 0.618_033_988_75;
/** Keys that failed alone after which the next are taken from everywhere, or the size of parts goes by how many are bad. */
const FEW_BAD = 2;
/** By so much parts grow after one that was answered; they shrink to a half after one that failed. */
const GROWTH = 1.5;
/** Parts of two or three that were refused, and whose halves were answered, that tell of a limit. */
const FEW = 4;

/** Keys that are asked for together. */
export interface Part<T> {
  readonly keys: readonly T[];
  /** What it is a half of. */
  readonly of?: Whole | undefined;
}

/** A part that failed and was cut. */
interface Whole {
  readonly size: number;
  /** It was refused, and did not just fail. */
  readonly refused: boolean;
  answered: number;
}

/** How many keys a call may have, told by what becomes of parts. */
export interface PartSizes {
  most(): number;
  answered(keys: number): void;
  /** A part was refused, and both halves of it, `taken` at most, were answered: it is not its keys that are bad. */
  refused(keys: number, taken: number): void;
}

export interface HalvingDeps<T> {
  readonly keys: readonly T[];
  /** The call for all of them was refused. */
  readonly refused: boolean;
  readonly sizes: PartSizes;
  /** The call before was of no use to anybody, so that nothing is expected of this one. */
  readonly isHopeless: boolean;
}

/**
 * The first half before the second, down to single keys. Where the first of these fail and nothing was answered, keys from everywhere are
 * tried one by one, and the search ends where they fail, too. Where several keys are bad, parts get so small that every other one is
 * answered, so a search takes little more than a call for each key, at the worst.
 */
export class Halving<T> {
  readonly #sizes: PartSizes;
  readonly #total: number;
  /** The next is last. */
  readonly #open: Part<T>[] = [];
  readonly #samples: number;
  #sampled = 0;
  readonly #isHopeless: boolean;
  #answered = false;
  #answeredTogether = false;
  #few = 0;
  /** Keys of which it is known, and those of them that failed alone. */
  #decided = 0;
  #bad = 0;
  /** The most keys that are worth a call. */
  #worth = Number.POSITIVE_INFINITY;

  constructor({ keys, refused, sizes, isHopeless }: HalvingDeps<T>) {
    this.#sizes = sizes;
    this.#total = keys.length;
    this.#samples = isHopeless ? FEWER_SAMPLES : SAMPLES;
    this.#isHopeless = isHopeless;
    this.#cut({ keys }, refused);
  }

  /** Undefined at the end. */
  next(): Part<T> | undefined {
    if (this.isFruitless) return undefined;
    if (!this.#answered && (this.#isHopeless || this.#bad >= FEW_BAD)) return this.#sample();
    const part = this.#open.pop();
    const most = Math.min(this.#sizes.most(), this.#worth);
    if (part === undefined || part.keys.length <= most) return part;
    this.#open.push({ keys: part.keys.slice(most) });
    return { keys: part.keys.slice(0, most) };
  }

  answered({ keys, of }: Part<T>): void {
    this.#answered = true;
    this.#decided += keys.length;
    if (keys.length > 1) this.#answeredTogether = true;
    this.#sizes.answered(keys.length);
    if (of === undefined) this.#worth = Math.ceil(this.#worth * GROWTH);
    else this.#answeredHalf(of);
  }

  /** Returns whether it stands for itself: it is cut otherwise. `refused`: it did not just fail. */
  failed(part: Part<T>, refused: boolean): boolean {
    if (part.of === undefined) this.#worth = Math.max(1, Math.floor(this.#worth / 2));
    if (part.keys.length > 1) {
      this.#cut(part, refused);
      return false;
    }
    this.#decided += 1;
    this.#bad += 1;
    if (this.#bad >= FEW_BAD && this.#answered && this.#worth === Number.POSITIVE_INFINITY) {
      this.#worth = Math.max(1, Math.floor(this.#decided / this.#bad));
    }
    return true;
  }

  /** Keys were tried one by one, from everywhere, and none was answered. */
  get isFruitless(): boolean {
    return !this.#answered && this.#bad >= this.#samples;
  }

  /** Nothing was answered, though enough keys failed alone: of a small call, all of them. */
  get isUnanswered(): boolean {
    const enough = Math.min(this.#samples, Math.max(FEWER_SAMPLES, this.#total));
    return !this.#answered && this.#bad >= enough;
  }

  /** Keys that failed alone. */
  get bad(): number {
    return this.#bad;
  }

  /** Keys of which nothing is known: they were not asked for alone, and in no call that was answered. */
  get rest(): readonly T[] {
    return this.#open.toReversed().flatMap(({ keys }) => keys);
  }

  #cut({ keys }: Part<T>, refused: boolean): void {
    const [first, second] = halvesOf(keys);
    const of = { size: keys.length, refused, answered: 0 };
    this.#open.push({ keys: second, of }, { keys: first, of });
  }

  #answeredHalf(of: Whole): void {
    of.answered += 1;
    if (of.answered < 2 || !of.refused) return;
    // One key alone may be asked for by another call, which says nothing of several together.
    if (of.size < 4) {
      this.#few += 1;
      if (this.#few < FEW || (of.size === 2 && this.#answeredTogether)) return;
    }
    this.#sizes.refused(of.size, Math.ceil(of.size / 2));
  }

  /** A single key, each time from somewhere else. */
  #sample(): Part<T> | undefined {
    this.#sampled += 1;
    const left = this.#open.reduce((sum, { keys }) => sum + keys.length, 0);
    let at = Math.floor(((this.#sampled * SPREAD) % 1) * left);
    for (const [i, { keys }] of this.#open.entries()) {
      if (at >= keys.length) {
        at -= keys.length;
        continue;
      }
      const others = keys.filter((_, j) => j !== at);
      this.#open.splice(i, 1, ...(others.length > 0 ? [{ keys: others }] : []));
      return { keys: keys.slice(at, at + 1) };
    }
    return undefined;
  }
}

/** Two parts of about the same size. */
function halvesOf<T>(all: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
