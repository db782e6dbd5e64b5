/** What a reader counts of one source: where reads found their values, and which keys were read. */
import type { Random } from '../core/clock.ts';
import { type AnswerRow, NO_READS, type ReadRow, WHOLE_READ } from '../core/metrics/read-counts.ts';

/** Reads of one source, by where they found a value, since the reader was made. */
export interface SourceReads {
  /** In the memory of this process. That the origin has no such value counts as a value. */
  readonly memory: number;
  /** In a tier below it. */
  readonly below: number;
  /** Of all these, those that got a value past its ttl. */
  readonly stale: number;
  /** Of all these, those that found that the origin has no such value. */
  readonly absent: number;
  /** Nowhere. */
  readonly misses: number;
  /** Not found out: a tier did not answer, or the origin did not give it. */
  readonly unavailable: number;
}

/** Receives a sample of the reads: `weight` reads are like this one. */
export type OnSample = (key: string, weight: number) => void;

/** After this many samples, each stands for twice as many reads as before. */
const SAMPLES_PER_STEP = 1_024;
const MAX_WEIGHT = 256;

/**
 * Counts exactly, and samples keys: every one at first, then fewer and fewer until `resetSampling`. So a quiet reader
 * reports every read, and a busy one is slowed down by next to nothing.
 */
export class KeySampler {
  #memory = 0;
  #below = 0;
  #stale = 0;
  #absentInMemory = 0;
  #absentBelow = 0;
  #misses = 0;
  #unavailable = 0;
  readonly #onSample: OnSample;
  readonly #random: Random;
  #weight = 1;
  #left = 1;
  #samples = 0;

  constructor(onSample: OnSample, random: Random) {
    this.#onSample = onSample;
    this.#random = random;
  }

  /** A read that memory served. */
  hit(key: string): void {
    this.#memory += 1;
    this.#read(key);
  }

  /** A read that memory served: the origin has no such value. */
  absentHit(key: string): void {
    this.#absentInMemory += 1;
    this.hit(key);
  }

  /** A read that a tier below served. */
  below(key: string, isStale: boolean): void {
    this.offline(isStale);
    this.#read(key);
  }

  /** A read that a tier of this host served, without the others: it says nothing about what is worth keeping warm. */
  offline(isStale: boolean): void {
    this.#below += 1;
    if (isStale) this.#stale += 1;
  }

  /** The same, of what the origin has not. */
  absentBelow(key: string): void {
    this.absentOffline();
    this.#read(key);
  }

  absentOffline(): void {
    this.#absentBelow += 1;
    this.#below += 1;
  }

  miss(key: string): void {
    this.#misses += 1;
    this.#read(key);
  }

  unavailable(key: string): void {
    this.#unavailable += 1;
    this.#read(key);
  }

  /** A new interval begins: every read is a sample again. */
  resetSampling(): void {
    this.#weight = 1;
    this.#left = 1;
    this.#samples = 0;
  }

  get reads(): SourceReads {
    return {
      memory: this.#memory,
      below: this.#below,
      stale: this.#stale,
      absent: this.#absentInMemory + this.#absentBelow,
      misses: this.#misses,
      unavailable: this.#unavailable,
    };
  }

  /** Of the reads that memory served, those of what the origin has not. */
  get absentInMemory(): number {
    return this.#absentInMemory;
  }

  #read(key: string): void {
    this.#left -= 1;
    if (this.#left === 0) this.#sample(key);
  }

  #sample(key: string): void {
    this.#onSample(key, this.#weight);
    this.#samples += 1;
    if (this.#samples % SAMPLES_PER_STEP === 0 && this.#weight < MAX_WEIGHT) this.#weight *= 2;
    // As many reads later on average, but not always: keys that are read in turn must not hide from the sample.
    this.#left = 1 + Math.floor(this.#random() * (2 * this.#weight - 1));
  }
}

/** The reads that memory served, as hits there and as hits of the whole. The stack counts the others. */
export function memoryRows(samplers: ReadonlyMap<string, KeySampler>): ReadRow[] {
  return [...samplers].flatMap(([source, { reads, absentInMemory: absent }]) =>
    reads.memory === 0
      ? []
      : ['memory', WHOLE_READ].map((tier) => ({
          ...{ tier, source, ...NO_READS },
          ...{ hits: reads.memory - absent, absent },
        })),
  );
}

/** What these reads got, of sources that were read at all. */
export function answerRows(samplers: ReadonlyMap<string, KeySampler>): AnswerRow[] {
  return [...samplers].flatMap(([source, { reads }]) => {
    const { memory, below, stale, absent, misses: missing, unavailable } = reads;
    const value = memory + below - stale - absent;
    const total = memory + below + missing + unavailable;
    return total === 0 ? [] : [{ source, value, stale, absent, missing, unavailable }];
  });
}
