/**
 * Figures that are not known before they are seen: what calls for more keys of a source will take, by what calls for it took. Nothing
 * here invents a figure: of a source that was never called there is none.
 *
 * Where the spread comes from. The figures of many calls are means, and a mean moves from one hour to the next: by how much is seen
 * in the means of the hours that were. Of fewer hours than `HOURS` that is not known, and then a mean may be anything that a single
 * call was: the 10th to the 90th percentile of all calls. That is wider than it need be, and narrows with every hour.
 */
import { type CallRecord, sumOfCalls } from '../core/call-record.ts';
import type { Estimate } from '../core/estimate.ts';
import { type Buckets, Histogram } from '../core/metrics/histogram.ts';

/** What calls for a source took. */
export interface CallFigures {
  /** How many calls that is by, and over how many hours. */
  readonly calls: number;
  readonly hours: number;
  /** Single calls, in ms. */
  readonly ms: Estimate;
  /** Between these all calls lie. */
  readonly fastestMs: number;
  readonly slowestMs: number;
  /** The mean of many calls, in ms. */
  readonly meanMs: Estimate;
  /** Calls for each one that would do if all went well; 1 at the least. */
  readonly tries: Estimate;
  /** Keys of one call, tries included. */
  readonly keysPerCall: number;
  /** Single bodies, in bytes; undefined where none came. */
  readonly bodyBytes: Estimate | undefined;
  /** Bytes that come on average for a key of which nothing is stored; undefined where none was asked for. */
  readonly wholeBytes: Estimate | undefined;
  /** The same of a key that the origin may say is unchanged: then there are none. */
  readonly renewedBytes: Estimate | undefined;
}

/** Hours after which their means tell how much means move. */
const HOURS = 5;
const LOW = 0.1;
const HIGH = 0.9;

export const exactly = (value: number): Estimate => ({ low: value, likely: value, high: value });

export function scaled(estimate: Estimate, by: number): Estimate {
  return { low: estimate.low * by, likely: estimate.likely * by, high: estimate.high * by };
}

/** Each of the three by itself: an upper bound of the sum's spread, where what is added moves together. */
export function sumOf(estimates: readonly Estimate[]): Estimate {
  return combined(estimates, (values) => values.reduce((sum, value) => sum + value, 0));
}

export function greatestOf(estimates: readonly Estimate[]): Estimate {
  return combined(estimates, (values) => Math.max(0, ...values));
}

function combined(estimates: readonly Estimate[], of: (values: readonly number[]) => number): Estimate {
  return {
    low: of(estimates.map(({ low }) => low)),
    likely: of(estimates.map(({ likely }) => likely)),
    high: of(estimates.map(({ high }) => high)),
  };
}

/** Undefined where no call was made. `hours`: what was seen in each. */
export function callFigures(hours: readonly CallRecord[]): CallFigures | undefined {
  const called = hours.filter(({ calls }) => calls > 0);
  const all = sumOfCalls(called);
  const ms = spreadOf(all.took);
  if (ms === undefined) return undefined;
  const took = histogramOf(all.took);
  const bodyBytes = spreadOf(all.sizes);
  return {
    calls: all.calls,
    hours: called.length,
    ms,
    fastestMs: took.range()?.from ?? 0,
    slowestMs: took.range()?.to ?? 0,
    meanMs: meanOf(
      called,
      (record) => histogramOf(record.took).sum(),
      (record) => record.calls,
      ms,
    ),
    tries: triesOf(called, all),
    keysPerCall: all.keys / all.calls,
    bodyBytes,
    wholeBytes: bytesOf(called, all, WHOLE),
    renewedBytes: bytesOf(called, all, RENEWED),
  };
}

/** Answers of one kind: their bodies, all of them, and the bytes. */
interface AnswersOf {
  readonly bodies: (record: CallRecord) => number;
  readonly all: (record: CallRecord) => number;
  readonly bytes: (record: CallRecord) => number;
}

const WHOLE: AnswersOf = {
  bodies: ({ values, renewed }) => values - renewed,
  all: ({ values, renewed, absent }) => values - renewed + absent,
  bytes: ({ bytes, renewedBytes }) => bytes - renewedBytes,
};
const RENEWED: AnswersOf = {
  bodies: ({ renewed }) => renewed,
  all: ({ renewed, unchanged }) => renewed + unchanged,
  bytes: ({ renewedBytes }) => renewedBytes,
};

/** Undefined where there was no such answer. */
function bytesOf(hours: readonly CallRecord[], all: CallRecord, answers: AnswersOf): Estimate | undefined {
  if (answers.all(all) <= 0) return undefined;
  const share = answers.bodies(all) / answers.all(all);
  const body = spreadOf(all.sizes) ?? exactly(0);
  // A tenth of single answers is lower, and a tenth is higher: where more have no body, the lower of these is none.
  const single = { ...body, low: share > HIGH ? body.low : 0 };
  return meanOf(hours, answers.bytes, answers.all, single);
}

/** `single`: between which figures a single one lies. */
function meanOf(
  hours: readonly CallRecord[],
  sum: (record: CallRecord) => number,
  count: (record: CallRecord) => number,
  single: Estimate,
): Estimate {
  const counted = hours.filter((record) => count(record) > 0);
  const total = (of: (record: CallRecord) => number) => counted.reduce((all, record) => all + of(record), 0);
  const likely = total(sum) / Math.max(1, total(count));
  const means = counted.map((record) => ({ value: sum(record) / count(record), weight: count(record) }));
  const [low, high] =
    counted.length < HOURS ? [single.low, single.high] : [quantile(means, LOW), quantile(means, HIGH)];
  return { low: Math.min(low, likely), likely, high: Math.max(high, likely) };
}

function triesOf(hours: readonly CallRecord[], all: CallRecord): Estimate {
  const ratio = ({ calls, planned }: CallRecord) => Math.max(1, calls / Math.max(1, planned));
  const ratios = hours.map((record) => ({ value: ratio(record), weight: record.planned }));
  const likely = ratio(all);
  return { low: 1, likely, high: Math.max(likely, quantile(ratios, HIGH)) };
}

function quantile(values: readonly { readonly value: number; readonly weight: number }[], q: number): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const whole = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let seen = 0;
  for (const { value, weight } of sorted) {
    seen += weight;
    if (seen >= q * whole) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}

/** Of single ones; undefined where there is none. */
export function spreadOf(buckets: Buckets): Estimate | undefined {
  const histogram = histogramOf(buckets);
  const [low, likely, high] = [LOW, 0.5, HIGH].map((q) => histogram.quantile(q));
  if (low === undefined || likely === undefined || high === undefined) return undefined;
  return { low, likely, high };
}

function histogramOf(buckets: Buckets): Histogram {
  const histogram = new Histogram();
  histogram.add(buckets);
  return histogram;
}
