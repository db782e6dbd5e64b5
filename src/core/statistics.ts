import { z } from 'zod';
import { type Buckets, Histogram } from './histogram.ts';
import { OUTCOMES } from './outcome.ts';
import { READ_ENDS } from './read-counts.ts';

/**
 * What a process has done since it started, as rows: texts name a row, numbers and buckets are counted. So rows of one shape are
 * added up by their names, in whatever process they were counted. Processes tell them to each other as JSON.
 */
const number = z.number().min(0);
const buckets = z.array(z.tuple([z.int().min(0), z.int().min(0)]).readonly());

/** Keys that were read: see `ReadCount`. */
const readRow = z.object({ tier: z.string(), source: z.string(), ...numbers(READ_ENDS) });
/** Calls of a tier; `buckets` are durations of those that were answered: see `Histogram`. */
const callRow = z.object({
  ...{ tier: z.string(), verb: z.string() },
  ...{ calls: number, failed: number, keys: number, buckets },
});
/** Calls of an origin, by result; `buckets` are durations of those that were `ok`. */
const originRow = z.object({
  ...{ origin: z.string(), source: z.string() },
  ...{ ok: number, retryable: number, throttled: number, permanent: number, keys: number, buckets },
});
/** Keys that ended, by outcome. */
const outcomeRow = z.object({ source: z.string(), ...numbers(OUTCOMES) });
/** Bytes of bodies before and after they were coded for a tier. */
const codedRow = z.object({ tier: z.string(), source: z.string(), plain: number, stored: number });
/** Entries that a tier let go to make room; `unread` of them before anybody had read them there. */
const evictedRow = z.object({ tier: z.string(), keys: number, unread: number });
/** Entries that could not be read back as they were written. */
const corruptRow = z.object({ tier: z.string(), entries: number });
const jobRow = z.object({ kind: z.string(), ending: z.string(), jobs: number });

export const statisticsSchema = z.object({
  reads: z.array(readRow),
  calls: z.array(callRow),
  origins: z.array(originRow),
  outcomes: z.array(outcomeRow),
  coded: z.array(codedRow),
  evicted: z.array(evictedRow),
  corrupt: z.array(corruptRow),
  jobs: z.array(jobRow),
  /** What went wrong while nobody waited for it. */
  problems: number,
});
export type Statistics = Readonly<z.infer<typeof statisticsSchema>>;

export const NO_STATISTICS: Statistics = {
  ...{ reads: [], calls: [], origins: [], outcomes: [], coded: [] },
  ...{ evicted: [], corrupt: [], jobs: [], problems: 0 },
};

/** Those of several processes together. */
export function sumStatistics(all: readonly Statistics[]): Statistics {
  return {
    reads: sumRows(all.flatMap(({ reads }) => reads)),
    calls: sumRows(all.flatMap(({ calls }) => calls)),
    origins: sumRows(all.flatMap(({ origins }) => origins)),
    outcomes: sumRows(all.flatMap(({ outcomes }) => outcomes)),
    coded: sumRows(all.flatMap(({ coded }) => coded)),
    evicted: sumRows(all.flatMap(({ evicted }) => evicted)),
    corrupt: sumRows(all.flatMap(({ corrupt }) => corrupt)),
    jobs: sumRows(all.flatMap(({ jobs }) => jobs)),
    problems: all.reduce((sum, { problems }) => sum + problems, 0),
  };
}

type Member = string | number | Buckets;

/** One row for each combination of the rows' texts, in the order they first come. */
export function sumRows<Row extends Readonly<Record<string, Member>>>(rows: readonly Row[]): Row[] {
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify(Object.values(row).filter((member) => typeof member === 'string')),
  );
  return [...groups.values()].map(sumOfGroup);
}

function sumOfGroup<Row extends Readonly<Record<string, Member>>>(rows: readonly Row[]): Row {
  const sum = (name: string, first: Member): Member => {
    if (typeof first === 'string') return first;
    const all = rows.map((row) => row[name]);
    if (typeof first === 'number') return all.reduce<number>((total, n) => total + Number(n), 0);
    const histogram = new Histogram();
    for (const each of all) if (typeof each === 'object') histogram.add(each);
    return histogram.buckets();
  };
  // Each member keeps its kind, so the sum has the shape of its rows.
  return Object.fromEntries(
    Object.entries(rows[0] ?? {}).map(([name, first]) => [name, sum(name, first)]),
  ) as Row;
}

function numbers<N extends string>(names: readonly N[]): Record<N, typeof number> {
  // Each of the names and no other, as the type says.
  return Object.fromEntries(names.map((name) => [name, number])) as Record<N, typeof number>;
}
