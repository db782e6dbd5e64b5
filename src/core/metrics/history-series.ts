/**
 * The series of which a history is kept: what is measured of the service, minute by minute. A series has a name and labels, and each
 * combination of these is a row of it.
 *
 *     gauge   as it was when it was measured; of many minutes the mean, beside the lowest and the highest
 *     count   what happened in the minute before; of many minutes their sum
 *     peak    a percentile: those of several minutes cannot be added up, so of many the highest
 */
export const SERIES_KINDS = ['gauge', 'count', 'peak'] as const;
export type SeriesKind = (typeof SERIES_KINDS)[number];

export const SERIES_UNITS = ['ratio', 'keys', 'ms', 'calls', 'callsPerSecond', 'jobs', 'entries'] as const;
type SeriesUnit = (typeof SERIES_UNITS)[number];

export const SERIES_LABELS = ['source', 'tier', 'origin', 'lane', 'user', 'within', 'outcome', 'of'] as const;
export type SeriesLabel = (typeof SERIES_LABELS)[number];

interface HistorySeries {
  readonly kind: SeriesKind;
  readonly unit: SeriesUnit;
  readonly by: readonly SeriesLabel[];
  readonly meaning: string;
}

const of = (
  kind: SeriesKind,
  unit: SeriesUnit,
  by: readonly SeriesLabel[],
  meaning: string,
): HistorySeries => ({
  ...{ kind, unit, by, meaning },
});

/** In the order in which they are kept where there are too many. */
export const HISTORY_SERIES = {
  'keys-ended': of('count', 'keys', ['outcome'], 'Keys whose warming ended, by outcome.'),
  'tick-delay': of('peak', 'ms', [], 'How late ticks were queued: the 95th percentile of all schedules.'),
  'dead-letters': of('gauge', 'entries', ['of'], 'What failed for good, and nobody has looked after.'),
  calls: of('count', 'calls', ['origin', 'user'], 'Calls of an origin, by who used its budget.'),
  'calls-throttled': of('count', 'calls', ['origin'], 'Of these, those that were answered with "slow down".'),
  'calls-failed': of(
    'count',
    'calls',
    ['origin'],
    'Of these, those without an answer, or with one that tells of trouble.',
  ),
  'calls-unanswered': of(
    'count',
    'calls',
    ['origin'],
    'Of those that failed, the ones that no response came to.',
  ),
  'calls-refused': of(
    'count',
    'calls',
    ['origin'],
    'Of all calls, those that were answered with an error that has nothing to do with load.',
  ),
  'calls-absent': of(
    'count',
    'calls',
    ['origin'],
    'Of all calls, those whose origin has none of the values.',
  ),
  'calls-at-once': of(
    'gauge',
    'calls',
    ['origin'],
    'Calls under way at the same time, on average: how long the calls took that ended, by the time that passed.',
  ),
  'latency-p50': of('peak', 'ms', ['origin'], 'How long calls took that were answered: half of them less.'),
  'latency-p95': of('peak', 'ms', ['origin'], 'The same: 95 % of them less.'),
  'latency-p99': of('peak', 'ms', ['origin'], 'The same: 99 % of them less.'),
  permits: of('gauge', 'calls', ['origin'], 'Calls that are allowed at the same time.'),
  'permits-used': of('gauge', 'calls', ['origin'], 'Calls under way.'),
  rate: of(
    'gauge',
    'callsPerSecond',
    ['origin'],
    'Calls per second that are allowed, of an origin with a rate.',
  ),
  paused: of('gauge', 'ms', ['origin'], 'For how long the origin was still paused; 0: it was not.'),
  'quota-left': of('gauge', 'calls', ['origin'], 'Calls that were left, as the origin said.'),
  'runway-needed': of(
    'gauge',
    'calls',
    ['origin', 'within'],
    'Calls that refresh what expires within that time.',
  ),
  'runway-affordable': of(
    'gauge',
    'calls',
    ['origin', 'within'],
    'Calls that the budget allowed within that time.',
  ),
  'jobs-waiting': of('gauge', 'jobs', ['lane'], 'Jobs that were ready.'),
  'jobs-delayed': of('gauge', 'jobs', ['lane'], 'Jobs that were put back until a time.'),
  'jobs-active': of('gauge', 'jobs', ['lane'], 'Jobs under way.'),
  'oldest-job': of(
    'gauge',
    'ms',
    ['lane'],
    'For how long the oldest of the jobs that were ready had been; 0: there was none.',
  ),
  'wait-p50': of(
    'peak',
    'ms',
    ['lane'],
    'How long jobs were ready before they were taken: half of them less.',
  ),
  'wait-p95': of('peak', 'ms', ['lane'], 'The same: 95 % of them less.'),
  'wait-p99': of('peak', 'ms', ['lane'], 'The same: 99 % of them less.'),
  coverage: of(
    'gauge',
    'ratio',
    ['source', 'tier'],
    'Share of the keys that is warm in a tier, by a sample; `stack`: in any.',
  ),
  'refresh-lag': of('gauge', 'ms', ['source'], 'For how long the key had been due that was due longest.'),
  fresh: of('gauge', 'ratio', ['source'], 'Share of the keys of the sample that is fresh.'),
  due: of('gauge', 'ratio', ['source'], 'Share that is within its ttl, and due.'),
  stale: of('gauge', 'ratio', ['source'], 'Share that is past its ttl, and servable.'),
  gone: of('gauge', 'ratio', ['source'], 'Share without anything servable.'),
  keys: of('gauge', 'keys', ['source'], 'Keys that are kept warm.'),
  'keys-due': of('gauge', 'keys', ['source'], 'Keys that were due and that no job had.'),
  'keys-failing': of('gauge', 'keys', ['source'], 'Keys whose last attempt failed or was refused.'),
} as const satisfies Record<string, HistorySeries>;

export type SeriesName = keyof typeof HISTORY_SERIES;

/** In the same order, as the type says. */
export const SERIES_NAMES = Object.keys(HISTORY_SERIES) as [SeriesName, ...SeriesName[]];

/** Names of configured things hold no control characters. */
const BETWEEN = '\t';

/** Names a row of a series; the labels in the order in which they are declared. */
export function rowName(series: SeriesName, labels: Readonly<Partial<Record<SeriesLabel, string>>>): string {
  return [series, ...HISTORY_SERIES[series].by.map((label) => labels[label] ?? '')].join(BETWEEN);
}

export interface SeriesRow {
  readonly series: SeriesName;
  readonly labels: Readonly<Partial<Record<SeriesLabel, string>>>;
}

/** Undefined of what another version keeps. */
export function readRowName(name: string): SeriesRow | undefined {
  const [first = '', ...values] = name.split(BETWEEN);
  const series = SERIES_NAMES.find((each) => each === first);
  if (series === undefined || HISTORY_SERIES[series].by.length !== values.length) return undefined;
  return {
    series,
    labels: Object.fromEntries(HISTORY_SERIES[series].by.map((label, i) => [label, values[i]])),
  };
}
