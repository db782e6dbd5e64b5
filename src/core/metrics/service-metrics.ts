/**
 * What is true of the whole service, whichever process is asked. One process at a time measures it (`workers/measuring`), at a cost that
 * grows with the configuration and with what is due, never with what is stored.
 */
import { serviceGauge, split } from './metric.ts';

const WORKLIST = { by: ['source'], group: 'worklist' } as const;
const LIMITS = { by: ['origin'], group: 'limits' } as const;
const STORED = { by: ['source'], group: 'stored' } as const;
const SHARED = { by: ['tier'], group: 'shared' } as const;

const EXPIRING =
  'Keys whose values pass their ttl within that time unless they are refreshed, by when they are due; those that a job has, or has put off, by a sample.';
const AFFORDABLE =
  'Calls for refreshes that the budget of an origin allows within that time, at the least: what holds now, less what is used, kept for reads that wait and called by others lately. None where nothing limits them.';

export const SERVICE_METRICS = [
  serviceGauge('forewarm_tracked_keys', 'keys', 'Keys that are to be kept warm.', {
    ...{ ...WORKLIST, as: 'keys' },
  }),
  serviceGauge('forewarm_due_keys', 'keys', 'Keys that are due and that no job has, or has put off.', {
    ...{ ...WORKLIST, as: 'due' },
  }),
  serviceGauge('forewarm_failing_keys', 'keys', 'Keys whose last attempt failed or was refused.', {
    ...{ ...WORKLIST, as: 'failing' },
  }),
  serviceGauge(
    'forewarm_quarantined_keys',
    'keys',
    'Of these, keys in quarantine; of thousands an estimate.',
    {
      ...{ by: ['source'], group: 'quarantined', as: 'keys' },
    },
  ),
  serviceGauge(
    'forewarm_refresh_lag_seconds',
    'ms',
    'For how long the key has been due that is due longest, of those that no job has; and by a sample, whoever has them, for how long one key of twenty has been due at least. 0: none is.',
    {
      ...{ ...WORKLIST, as: 'lag' },
    },
  ),

  serviceGauge('forewarm_expiring_keys', 'keys', EXPIRING, {
    ...{ by: ['source', 'within'], group: 'expiring', as: 'keys' },
  }),
  serviceGauge(
    'forewarm_runway_needed_calls',
    'calls',
    'Calls that refresh the keys of an origin that expire within that time.',
    {
      ...{ by: ['origin', 'within'], group: 'runway', as: 'needed' },
    },
  ),
  serviceGauge('forewarm_runway_affordable_calls', 'calls', AFFORDABLE, {
    ...{ by: ['origin', 'within'], group: 'affordable', as: 'calls' },
  }),

  serviceGauge('forewarm_budget_permits', 'calls', 'Calls of an origin at the same time.', {
    ...LIMITS,
    as: split('limit', {
      permits: ['configured', 'As configured.'],
      presentPermits: ['present', 'As allowed now: less while the limits are lowered.'],
      inUse: ['used', 'Under way.'],
    }),
  }),
  serviceGauge(
    'forewarm_budget_paused_seconds',
    'ms',
    'For how long an origin is still paused; 0: it is not.',
    {
      ...{ ...LIMITS, as: 'paused' },
    },
  ),
  serviceGauge(
    'forewarm_budget_reduced_seconds',
    'ms',
    'Since when limits of an origin are lowered; 0: they are not.',
    {
      ...{ ...LIMITS, as: 'reduced' },
    },
  ),
  serviceGauge(
    'forewarm_budget_rate_per_second',
    'callsPerSecond',
    'Calls per second of an origin that has a rate.',
    {
      ...{ by: ['origin'], group: 'rates' },
      as: split('limit', {
        rate: ['configured', 'As configured.'],
        presentRate: ['present', 'As allowed now: less while the limits are lowered.'],
      }),
    },
  ),
  serviceGauge('forewarm_quota_left_calls', 'calls', 'Calls that are left, as the origin last said.', {
    ...{ by: ['origin'], group: 'quotas', as: 'left' },
  }),

  serviceGauge('forewarm_queue_jobs', 'jobs', 'Jobs in the queue.', {
    ...{ by: ['lane'], group: 'lanes' },
    as: split('state', {
      waiting: ['waiting', 'Ready to be worked on.'],
      delayed: ['delayed', 'Put back until a time.'],
      active: ['active', 'Being worked on.'],
      failed: ['failed', 'Failed for good.'],
    }),
  }),
  serviceGauge(
    'forewarm_queue_oldest_seconds',
    'ms',
    'Since when the oldest job that is ready has been queued; 0: none is.',
    {
      ...{ by: ['lane'], group: 'oldest', as: 'oldest' },
    },
  ),
  serviceGauge(
    'forewarm_dead_letters',
    'keys',
    'What every attempt failed of, and nobody has looked after.',
    {
      ...{ by: ['of'], group: 'deadLetters', as: 'count' },
    },
  ),

  serviceGauge(
    'forewarm_coverage_ratio',
    'ratio',
    'Share of the keys of a source that are warm in a tier, by a random sample; `stack`: in any.',
    {
      ...{ by: ['tier', 'source'], group: 'coverage', as: 'warm' },
    },
  ),
  serviceGauge('forewarm_sampled_keys', 'keys', 'How many keys that sample has.', {
    ...STORED,
    as: 'sampled',
  }),
  serviceGauge('forewarm_freshness_ratio', 'ratio', 'Shares of the keys of the sample.', {
    ...STORED,
    as: split('state', {
      fresh: ['fresh', 'Fresh.'],
      due: ['due', 'Within their ttl, and due.'],
      stale: ['stale', 'Past their ttl, and servable.'],
      gone: ['gone', 'Without anything servable.'],
    }),
  }),
  serviceGauge(
    'forewarm_stored_age_seconds',
    'ms',
    'Age of the values of the sample since the origin last confirmed them.',
    {
      ...STORED,
      as: split('percentile', {
        age50: ['p50', 'Half of them are younger.'],
        age95: ['p95', '95 % of them are younger.'],
        oldest: ['p100', 'The oldest.'],
      }),
    },
  ),
  serviceGauge(
    'forewarm_tier_bytes',
    'bytes',
    'What a tier holds that all processes share, by an estimate. A bucket is not asked: it takes money.',
    {
      ...{ ...SHARED, as: 'bytes' },
    },
  ),
  serviceGauge('forewarm_tier_entries', 'entries', 'How many entries such a tier holds.', {
    ...{ ...SHARED, as: 'entries' },
  }),

  serviceGauge(
    'forewarm_next_tick_timestamp_seconds',
    'msSinceEpoch',
    'When a schedule fires next, unless it is paused until somebody resumes it.',
    {
      ...{ by: ['schedule'], group: 'nextTicks', as: 'next' },
    },
  ),
  serviceGauge(
    'forewarm_measured_timestamp_seconds',
    'msSinceEpoch',
    'When the process that measures the gauges of the service last did so.',
    {
      ...{ by: ['role'], group: 'measured', as: 'at' },
    },
  ),
] as const;

/** A group of these metrics. */
export type ServiceGroup = (typeof SERVICE_METRICS)[number]['group'];

export const SERVICE_GROUPS: readonly ServiceGroup[] = [
  ...new Set(SERVICE_METRICS.map(({ group }) => group)),
];
