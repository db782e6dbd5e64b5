/** What was asked of an origin for some keys of one source, and what came back: the measure of what more of them will take. */
import { type Buckets, Histogram } from './metrics/histogram.ts';

export interface CallRecord {
  /** Keys that were asked for: each once, however often it is tried, also by jobs of their own. */
  readonly keys: number;
  /** Calls that these need when each goes well at the first try. */
  readonly planned: number;
  /** Calls that were made, tries and parts of cut calls included. */
  readonly calls: number;
  /** Of those, the ones without an answer. */
  readonly failed: number;
  /** Answers for single keys, each of one kind: a body, "unchanged", "absent". */
  readonly values: number;
  readonly unchanged: number;
  readonly absent: number;
  /** Of the bodies, as the origin gave them. */
  readonly bytes: number;
  /** Of the bodies, those for keys of which the origin was told what is stored, and might have said "unchanged"; and their bytes. */
  readonly renewed: number;
  readonly renewedBytes: number;
  /** How long calls took, in ms; how large bodies were, in bytes. */
  readonly took: Buckets;
  readonly sizes: Buckets;
}

export const NO_CALLS: CallRecord = {
  ...{ keys: 0, planned: 0, calls: 0, failed: 0, values: 0, unchanged: 0, absent: 0, bytes: 0 },
  ...{ renewed: 0, renewedBytes: 0 },
  ...{ took: [], sizes: [] },
};

const COUNTS = [
  ...(['keys', 'planned', 'calls', 'failed', 'values', 'unchanged', 'absent', 'bytes'] as const),
  ...(['renewed', 'renewedBytes'] as const),
] as const;

/** Of all of them together. */
export function sumOfCalls(records: readonly CallRecord[]): CallRecord {
  const counts = COUNTS.map(
    (name) => [name, records.reduce((sum, record) => sum + record[name], 0)] as const,
  );
  const [took, sizes] = [new Histogram(), new Histogram()];
  for (const record of records) {
    took.add(record.took);
    sizes.add(record.sizes);
  }
  // One for each name.
  const sums = Object.fromEntries(counts) as Record<(typeof COUNTS)[number], number>;
  return { ...sums, took: took.buckets(), sizes: sizes.buckets() };
}

/** Neighbouring buckets in one, eight at a time: four for each power of two, so that what is kept of an hour stays short. */
const TOGETHER = 8;

/** The first and the last bucket stay as they are: of what is fastest and slowest nothing is lost. */
export function coarse(buckets: Buckets): Buckets {
  const counts = new Map<number, number>();
  const [first, last] = [buckets.at(0)?.[0] ?? 0, buckets.at(-1)?.[0] ?? 0];
  for (const [index, count] of buckets) {
    const middle = index - (index % TOGETHER) + TOGETHER / 2;
    const isEnd = index === first || index === last;
    const kept = isEnd ? index : Math.min(Math.max(middle, first), last);
    counts.set(kept, (counts.get(kept) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b);
}
