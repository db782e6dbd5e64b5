/**
 * How long things took, as counts in buckets: each power of two of milliseconds is cut into 32 buckets of equal width, as
 * in HdrHistogram and in Prometheus's native histograms. Quantiles are at most 1.6 % off.
 *
 * Every histogram has the same buckets, so those of several processes are added bucket by bucket, and the sum is the histogram
 * that one process would have recorded. Percentiles themselves cannot be added up or averaged.
 */

/** Of a bucket: its index, and how many durations it holds. In the order of the indices. */
export type Buckets = readonly (readonly [index: number, count: number])[];

/** Bits of a double's mantissa that distinguish buckets. */
const MANTISSA_BITS = 5;
const SHIFT = 20 - MANTISSA_BITS;
/** In ms: anything shorter counts as a quarter of a microsecond, anything longer as 12 days. */
const SHORTEST_MS = 2 ** -12;
const LONGEST_MS = 2 ** 30;

const double = new Float64Array(1);
/** The same bytes. The machine's byte order decides which half holds sign, exponent and the mantissa's first 20 bits. */
const halves = new Uint32Array(double.buffer);
const HIGH = halfOf(1);

export class Histogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** How many durations were recorded. */
  get total(): number {
    return this.#total;
  }

  /** One duration, in ms. */
  record(ms: number): void {
    const index = bucketOf(ms);
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1);
    this.#total += 1;
  }

  /** Those of another histogram, or several. */
  add(buckets: Buckets): void {
    for (const [index, count] of buckets) {
      this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
      this.#total += count;
    }
  }

  /** The duration, in ms, that the fraction `q` of all does not exceed: 0.95 is p95. Undefined when there is none. */
  quantile(q: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (const [index, count] of this.buckets()) {
      seen += count;
      if (seen >= rank) return middleOf(index);
    }
    return undefined;
  }

  /** Between these all durations lie, in ms: the edges of the first bucket and of the last. Undefined when there is none. */
  range(): { readonly from: number; readonly to: number } | undefined {
    const buckets = this.buckets();
    const [first, last] = [buckets.at(0), buckets.at(-1)];
    return first && last && { from: edgeOf(first[0]), to: edgeOf(last[0] + 1) };
  }

  /** As `sumOfBuckets`. */
  sum(): number {
    return sumOfBuckets(this.buckets());
  }

  /** A copy that does not change any more. */
  buckets(): Buckets {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

/** How many durations are shorter than each of `bounds`, which rise. Exact where one is a power of two, an edge of a bucket. */
export function countsBelow(buckets: Buckets, bounds: readonly number[]): number[] {
  let [place, seen] = [0, 0];
  return bounds.map((bound) => {
    const end = bucketOf(bound);
    for (let bucket = buckets[place]; bucket !== undefined && bucket[0] < end; bucket = buckets[place]) {
      seen += bucket[1];
      place += 1;
    }
    return seen;
  });
}

/** All durations added up, in ms, each taken as the middle of its bucket. */
export function sumOfBuckets(buckets: Buckets): number {
  return buckets.reduce((sum, [index, count]) => sum + count * middleOf(index), 0);
}

/** How many durations there are. */
export function totalOf(buckets: Buckets): number {
  return buckets.reduce((sum, [, count]) => sum + count, 0);
}

/** A double's bits, read as a number, are a logarithm with straight pieces: cut short, they are the bucket. */
function bucketOf(ms: number): number {
  double[0] = ms > SHORTEST_MS ? Math.min(ms, LONGEST_MS) : SHORTEST_MS;
  return (halves[HIGH] ?? 0) >>> SHIFT;
}

/** The least duration of a bucket, in ms. */
function edgeOf(index: number): number {
  halves[HIGH] = index << SHIFT;
  halves[1 - HIGH] = 0;
  return double[0] ?? 0;
}

function middleOf(index: number): number {
  return (edgeOf(index) + edgeOf(index + 1)) / 2;
}

function halfOf(value: number): 0 | 1 {
  double[0] = value;
  return halves[1] === 0 ? 0 : 1;
}
