/** What a reader counts of one source: how reads were answered, and which keys were read. */
import type { Random } from '../core/clock.ts';
import { type ReadRow, WHOLE_READ } from '../core/read-counts.ts';

/** Reads of one source, by how they were answered, since the reader was made. */
export interface SourceReads {
  /** From the memory of this process. What the origin says there is not, is an answer, too. */
  readonly memory: number;
  /** From a tier below it. */
  readonly below: number;
  /** Of all these, with a value past its ttl. */
  readonly stale: number;
  /** With nothing. */
  readonly misses: number;
}

/** Told of a sample of the reads: `weight` reads are like this one. */
export type OnSample = (key: string, weight: number) => void;

/** So many samples are taken before each stands for twice as many reads. */
const SAMPLES_PER_STEP = 1_024;
const HEAVIEST = 256;

/**
 * Counts exactly, and samples keys: each one at first; the more there is to read before the next `rest`, the fewer. So a
 * quiet reader tells every read, and a busy one is slowed down by next to nothing.
 */
export class KeySampler {
  memory = 0;
  below = 0;
  stale = 0;
  misses = 0;
  readonly #onSample: OnSample;
  readonly #random: Random;
  #weight = 1;
  #left = 1;
  #samples = 0;

  constructor(onSample: OnSample, random: Random) {
    this.#onSample = onSample;
    this.#random = random;
  }

  hit(key: string): void {
    this.memory += 1;
    this.read(key);
  }

  /** A read of this key, however it was answered. */
  read(key: string): void {
    this.#left -= 1;
    if (this.#left === 0) this.#sample(key);
  }

  /** A new interval begins: each read is told again. */
  resetSampling(): void {
    this.#weight = 1;
    this.#left = 1;
    this.#samples = 0;
  }

  get reads(): SourceReads {
    const { memory, below, stale, misses } = this;
    return { memory, below, stale, misses };
  }

  #sample(key: string): void {
    this.#onSample(key, this.#weight);
    this.#samples += 1;
    if (this.#samples % SAMPLES_PER_STEP === 0 && this.#weight < HEAVIEST) this.#weight *= 2;
    // The next one comes after as many reads on average, but not always: keys that are read in turn must not hide.
    this.#left = 1 + Math.floor(this.#random() * (2 * this.#weight - 1));
  }
}

/** The reads that memory answered, as hits there and as hits of the whole. */
export function memoryRows(tallies: ReadonlyMap<string, KeySampler>): ReadRow[] {
  return [...tallies].flatMap(([source, { memory }]) =>
    memory === 0
      ? []
      : ['memory', WHOLE_READ].map((tier) => ({
          tier,
          source,
          hits: memory,
          stale: 0,
          misses: 0,
          errors: 0,
        })),
  );
}
