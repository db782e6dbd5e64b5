/**
 * All metrics, one declaration each; `metric.ts` says what is made from them. To add one, add an entry to `METRICS` and run
 * `npm run docs`. Groups and columns are members of the JSON of `stats`, so they keep their names, as the metrics do.
 */
import { counter, gauge, histogram, keptCounter, keptHistogram, split } from './metric.ts';
import { PROCESS_METRICS } from './process-metrics.ts';
import { SERVICE_METRICS } from './service-metrics.ts';
import { STANDARD_METRICS } from './standard-metrics.ts';

/** The groups that hold several metrics: the event they are counted from, and their labels. */
const CALLS = { on: 'tier:call', by: ['tier', 'verb'], group: 'calls' } as const;
const ORIGINS = { on: 'origin:call', by: ['origin', 'source'], group: 'origins' } as const;
const BUDGET = { on: 'budget:call', by: ['origin', 'user'], group: 'budget' } as const;
const JOBS = { on: 'job:ended', by: ['kind', 'ending'], group: 'jobs' } as const;
const TICKS = { on: 'schedule:tick', by: ['schedule'], group: 'ticks' } as const;
const CODED = { on: 'tier:coded', by: ['tier', 'source'], group: 'coded' } as const;
const EVICTED = { on: 'tier:evicted', by: ['tier'], group: 'evicted' } as const;

const READS =
  'Keys read; each key asked of a tier counts once there. Tier `stack` is the read as its caller saw it, over all tiers.';

export const METRICS = [
  keptCounter('forewarm_reads_total', 'keys', READS, {
    by: ['tier', 'source'],
    group: 'reads',
    as: split('result', {
      hits: ['hit', 'Keys that had a value within its ttl.'],
      stale: ['stale', 'Keys whose value was past its ttl, and still servable.'],
      absent: ['absent', 'Keys of which the origin said that they have no value.'],
      misses: ['miss', 'Keys without anything servable.'],
      errors: ['error', 'Keys without an answer; of `stack`: that no tier had, while one did not answer.'],
    }),
  }),

  keptCounter(
    'forewarm_answers_total',
    'keys',
    'What applications got that read through the library, loads included.',
    {
      ...{ by: ['source'], group: 'answers' },
      as: split('answer', {
        value: ['value', 'Values within their ttl.'],
        stale: ['stale', 'Values past their ttl.'],
        absent: ['absent', 'The origin has no such value.'],
        missing: ['missing', 'Nothing is stored, and nothing was loaded.'],
        unavailable: [
          'unavailable',
          'It could not be found out: a tier did not answer, or the origin did not give it.',
        ],
      }),
    },
  ),
  keptHistogram(
    'forewarm_read_duration_seconds',
    'How long reads of applications took that memory did not serve.',
    { by: ['source', 'way'], group: 'readTimes' },
  ),

  counter('forewarm_tier_calls_total', 'calls', 'Calls of tiers, each for a batch of keys.', {
    ...{ ...CALLS, as: 'calls' },
    value: () => 1,
  }),
  counter('forewarm_tier_call_failures_total', 'calls', 'Calls of tiers that failed.', {
    ...{ ...CALLS, as: 'failed' },
    value: ({ ok }) => (ok ? 0 : 1),
  }),
  counter('forewarm_tier_call_keys_total', 'keys', 'Keys that tiers were called for.', {
    ...{ ...CALLS, as: 'keys' },
    value: ({ keys }) => keys,
  }),
  histogram('forewarm_tier_call_duration_seconds', 'Latencies of tier calls that did not fail.', {
    ...CALLS,
    value: ({ ok, ms }) => (ok ? ms : undefined),
  }),

  counter('forewarm_origin_calls_total', 'calls', 'Calls of origins, each for one key or a batch.', {
    ...ORIGINS,
    as: split('result', {
      ok: ['ok', 'Calls that returned values, "unchanged" or "absent".'],
      retryable: ['retryable', 'Calls without a usable answer; a retry may get one.'],
      throttled: ['throttled', 'Calls that the origin refused because there were too many.'],
      permanent: ['permanent', 'Calls that failed in a way that no retry changes.'],
    }),
    value: ({ result }, column) => (result === column ? 1 : 0),
  }),
  counter('forewarm_origin_call_keys_total', 'keys', 'Keys that origins were called for.', {
    ...{ ...ORIGINS, as: 'keys' },
    value: ({ keys }) => keys,
  }),
  histogram('forewarm_origin_call_duration_seconds', 'Latencies of origin calls whose result was `ok`.', {
    ...ORIGINS,
    value: ({ result, ms }) => (result === 'ok' ? ms : undefined),
  }),

  counter('forewarm_fetched_bytes_total', 'bytes', 'Bytes of the bodies that origins gave.', {
    ...{ on: 'calls:made', by: ['source'], group: 'fetched', as: 'bytes' },
    value: ({ calls: { bytes } }) => bytes,
  }),
  counter('forewarm_fetched_answers_total', 'keys', 'What origins said of single keys.', {
    ...{ on: 'calls:made', by: ['source'], group: 'fetched' },
    as: split('answer', {
      body: ['body', 'A body.'],
      unchanged: ['unchanged', 'What is stored is current.'],
      absent: ['absent', 'There is no such value.'],
    }),
    value: ({ calls: { values, unchanged, absent } }, column) =>
      ({ body: values, unchanged, absent })[column],
  }),

  counter('forewarm_budget_calls_total', 'calls', 'Calls of origins by who used the budget for them.', {
    ...{ ...BUDGET, as: 'calls' },
    value: () => 1,
  }),
  histogram('forewarm_budget_wait_duration_seconds', 'How long calls waited for their permit.', {
    ...BUDGET,
    value: ({ waited }) => waited,
  }),
  counter('forewarm_budget_pauses_total', 'pauses', 'Times that calls of an origin were paused.', {
    ...{ on: 'budget:pause', by: ['origin'], group: 'pauses', as: 'pauses' },
    value: () => 1,
  }),
  counter('forewarm_budget_lowered_total', 'cuts', 'Times that the limits of an origin were lowered.', {
    ...{ on: 'budget:lowered', by: ['origin'], group: 'lowered', as: 'cuts' },
    value: () => 1,
  }),

  counter('forewarm_keys_ended_total', 'keys', 'Keys whose warming ended.', {
    ...{ on: 'keys:ended', by: ['source'], group: 'outcomes' },
    as: split('outcome', {
      warmed: ['warmed', 'Keys that were fetched and written.'],
      unchanged: ['unchanged', 'Keys whose stored value is current, as the origin said.'],
      'already-warm': ['already-warm', 'Keys that needed nothing.'],
      absent: ['absent', 'Keys of which the origin says that it has no value.'],
      refused: ['refused', 'Keys whose new body a guard refused.'],
      failed: ['failed', 'Keys whose every attempt failed.'],
      excluded: ['excluded', 'Keys left alone on purpose.'],
      cancelled: ['cancelled', 'Keys of a run that was stopped before it was their turn.'],
    }),
    value: ({ outcomes }, column) => outcomes[column] ?? 0,
  }),

  counter(
    'forewarm_refusals_total',
    'keys',
    'Keys whose new body or absence was refused, by the rule that it broke.',
    {
      ...{ on: 'key:refused', by: ['source', 'rule'], group: 'refusals', as: 'keys' },
      value: () => 1,
    },
  ),

  counter('forewarm_coded_plain_bytes_total', 'bytes', 'Bytes of bodies before they were coded for a tier.', {
    ...{ ...CODED, as: 'plain' },
    value: ({ plain }) => plain,
  }),
  counter('forewarm_coded_stored_bytes_total', 'bytes', 'Bytes of these bodies that the tier was given.', {
    ...{ ...CODED, as: 'stored' },
    value: ({ stored }) => stored,
  }),

  counter('forewarm_evicted_entries_total', 'entries', 'Entries that a tier removed to make room.', {
    ...{ ...EVICTED, as: 'keys' },
    value: ({ keys }) => keys,
  }),
  counter('forewarm_evicted_unread_entries_total', 'entries', 'Evicted entries that were never read there.', {
    ...{ ...EVICTED, as: 'unread' },
    value: ({ unread }) => unread,
  }),
  counter(
    'forewarm_lost_entries_total',
    'entries',
    'Entries of samples that a tier lost as others were copied to it.',
    {
      ...{ on: 'tier:overflowing', by: ['tier'], group: 'overflows', as: 'entries' },
      value: ({ lost }) => lost,
    },
  ),

  counter('forewarm_corrupt_entries_total', 'entries', 'Entries that cannot be read back as written.', {
    ...{ on: 'tier:corrupt', by: ['tier'], group: 'corrupt', as: 'entries' },
    value: () => 1,
  }),

  counter(
    'forewarm_uncompressed_entries_total',
    'entries',
    'Entries stored plain, as compressing them failed.',
    {
      ...{ on: 'tier:uncompressed', by: ['tier'], group: 'uncompressed', as: 'entries' },
      value: () => 1,
    },
  ),

  counter('forewarm_jobs_ended_total', 'jobs', 'Jobs that ended, by kind and by how they ended.', {
    ...{ ...JOBS, as: 'jobs' },
    value: () => 1,
  }),
  histogram('forewarm_job_duration_seconds', 'How long a job was worked on, each try by itself.', {
    ...JOBS,
    value: ({ ms }) => ms,
  }),

  histogram('forewarm_job_wait_duration_seconds', 'How long jobs were ready before they were taken first.', {
    ...{ on: 'job:started', by: ['lane'], group: 'jobWaits' },
    value: ({ waited }) => waited,
  }),

  gauge(
    'forewarm_open_breakers',
    'breakers',
    'Breakers that keep callers from a failing tier, of all processes.',
    {
      ...{ on: 'tier:breaker', by: ['tier', 'of'], group: 'breakers', as: 'open', combine: 'sum' },
      value: ({ state }) => (state === 'closed' ? 0 : 1),
    },
  ),
  gauge(
    'forewarm_latest_tick_timestamp_seconds',
    'msSinceEpoch',
    'Nominal time of the latest tick of a schedule.',
    {
      ...{ ...TICKS, as: 'latest', combine: 'max' },
      value: ({ nominal }) => nominal,
    },
  ),
  counter('forewarm_ran_ticks_total', 'ticks', 'Times of schedules that ran.', {
    ...{ ...TICKS, as: 'ran' },
    value: () => 1,
  }),
  histogram(
    'forewarm_tick_delay_seconds',
    'How long after its time, jitter included, the work of a tick was queued.',
    { ...TICKS, value: ({ behind }) => behind },
  ),
  counter(
    'forewarm_skipped_ticks_total',
    'ticks',
    'Times of schedules that were skipped, by why. Times that are too many to count are one.',
    {
      ...{ on: 'schedule:skipped', by: ['schedule', 'reason'], group: 'skippedTicks', as: 'ticks' },
      value: ({ count = 1 }) => count,
    },
  ),

  counter(
    'forewarm_lost_exports_total',
    'exports',
    'Messages that a receiver of OTLP did not take, each of many spans or numbers.',
    {
      ...{ on: 'telemetry:lost', by: ['telemetry'], group: 'lostExports', as: 'exports' },
      value: () => 1,
    },
  ),

  counter(
    'forewarm_problems_total',
    'problems',
    'What went wrong while nothing waited for it; the log says what.',
    {
      ...{ on: 'problem', by: [], group: 'problems', as: 'problems' },
      value: () => 1,
    },
  ),

  ...STANDARD_METRICS,
  ...PROCESS_METRICS,
  ...SERVICE_METRICS,
] as const;
