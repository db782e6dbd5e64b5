/**
 * Counts the calls that keys of one source need, chunk by chunk as a run makes them: keys that need no call leave their places in a
 * chunk's calls to the others. Of keys that were all looked up that is exact. A sample does not tell which of the others are in a chunk
 * together, so of these it is the mean over all ways in which as large a part of them could lie: `n` keys of a chunk, each to be fetched
 * with the probability `p`, need ceil(Binomial(n, p) / keysPerCall) calls.
 */
import type { Source } from '../../core/source.ts';

/** So many keys that were looked up tell how large the part to fetch is; of fewer, parts with few of them would seem to have none. */
const STRETCH = 1_000;

export class CallCount {
  readonly #keysPerCall: number;
  readonly #keysPerChunk: number;
  #planned = 0;
  /** Of the chunk under way, as far as all keys were looked up. */
  readonly #chunk = { keys: 0, fetch: 0 };
  /** Keys by sample, and for how many they stand. */
  readonly #sample = { looked: 0, keys: 0, fetch: 0 };

  constructor({ keysPerCall }: Pick<Source, 'keysPerCall'>, keysPerChunk: number) {
    this.#keysPerCall = keysPerCall;
    this.#keysPerChunk = keysPerChunk;
  }

  /** A key that stands for `weight` keys, itself included. */
  add(weight: number, isFetched: boolean): void {
    if (weight === 1 && this.#sample.looked === 0) {
      this.#chunk.keys += 1;
      if (isFetched) this.#chunk.fetch += 1;
      if (this.#chunk.keys >= this.#keysPerChunk) this.#closeChunk();
      return;
    }
    this.#sample.looked += 1;
    this.#sample.keys += weight;
    if (isFetched) this.#sample.fetch += weight;
    if (this.#sample.looked >= STRETCH) this.#closeSample();
  }

  end(): number {
    this.#closeChunk();
    this.#closeSample();
    return this.#planned;
  }

  #closeChunk(): void {
    this.#planned += Math.ceil(this.#chunk.fetch / this.#keysPerCall);
    Object.assign(this.#chunk, { keys: 0, fetch: 0 });
  }

  #closeSample(): void {
    const { keys, fetch } = this.#sample;
    if (keys === 0) return;
    const chunks = keys / this.#keysPerChunk;
    this.#planned += chunks * meanCalls(this.#keysPerChunk, fetch / keys, this.#keysPerCall);
    Object.assign(this.#sample, { looked: 0, keys: 0, fetch: 0 });
  }
}

/** The mean of ceil(k / keysPerCall), where k of `keys` are to be fetched, each of them with this probability. */
export function meanCalls(keys: number, probability: number, keysPerCall: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return Math.ceil(keys / keysPerCall);
  const odds = Math.log(probability / (1 - probability));
  // As logarithms: of many keys the first of these is less than a double can be.
  let log = keys * Math.log1p(-probability);
  let mean = 0;
  for (let k = 1; k <= keys; k += 1) {
    log += Math.log((keys - k + 1) / k) + odds;
    mean += Math.exp(log) * Math.ceil(k / keysPerCall);
  }
  return mean;
}
