/** What the dashboard shows, row by row: the questions of operators, and the expressions that answer them. */

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it says, and what to make of it. */
  readonly description: string;
  readonly unit: 's' | 'ops' | 'percentunit' | 'bytes' | 'short';
  readonly queries: readonly Query[];
  /** Of the 24 columns; 8 unless given. */
  readonly width?: number;
  /** The value now, in place of its course. */
  readonly now?: boolean;
  /** Parts of a whole, one upon the other. */
  readonly stacked?: boolean;
}

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Variables of the dashboard: the metric whose label gives their values. */
export const VARIABLES = {
  source: 'forewarm_reads_total',
  origin: 'forewarm_origin_calls_total',
  tier: 'forewarm_tier_calls_total',
} as const;

const RATE = '[$__rate_interval]';
const READS = 'forewarm_reads_total{tier="stack",source=~"$source"';
const CALLS = 'forewarm_origin_calls_total{origin=~"$origin"';
const ENDED = 'forewarm_keys_ended_total{source=~"$source"';

export const ROWS: readonly PanelRow[] = [
  {
    title: 'Is it warm?',
    panels: [
      {
        title: 'Warm keys',
        description:
          'Share of the keys of a source that are warm in any tier, by a random sample. 99 % is aimed at.',
        unit: 'percentunit',
        queries: [
          {
            expr: 'max by (source) (forewarm_coverage_ratio{tier="stack",source=~"$source"})',
            legend: '{{source}}',
          },
        ],
      },
      {
        title: 'Warm keys by tier',
        description: 'What a tier lacks, the one below it has, or the origin.',
        unit: 'percentunit',
        queries: [
          {
            expr: 'avg by (tier) (max by (tier, source) (forewarm_coverage_ratio{tier=~"$tier",source=~"$source"}))',
            legend: '{{tier}}',
          },
        ],
      },
      {
        title: 'How fresh',
        description:
          'Shares of the keys of the sample, over the sources. `due` is warm, and to be refreshed.',
        unit: 'percentunit',
        stacked: true,
        queries: [
          {
            expr: 'avg by (state) (max by (state, source) (forewarm_freshness_ratio{source=~"$source"}))',
            legend: '{{state}}',
          },
        ],
      },
      {
        title: 'Refresh lag',
        description:
          'For how long the key has been due that is due longest. It falls to 0 at each tick; an interval of the schedule is as it should be.',
        unit: 's',
        queries: [
          { expr: 'max by (source) (forewarm_refresh_lag_seconds{source=~"$source"})', legend: '{{source}}' },
        ],
      },
      {
        title: 'Age of values',
        description: 'Since the origin last confirmed them: 95 % of the sample are younger.',
        unit: 's',
        queries: [
          {
            expr: 'max by (source) (forewarm_stored_age_seconds{percentile="p95",source=~"$source"})',
            legend: '{{source}}',
          },
        ],
      },
      {
        title: 'Runway',
        description: 'Calls that refresh what expires in 15 minutes, against those that the limits allow.',
        unit: 'short',
        queries: [
          {
            expr: 'max by (origin) (forewarm_runway_needed_calls{within="15m",origin=~"$origin"})',
            legend: '{{origin}}, needed',
          },
          {
            expr: 'max by (origin) (forewarm_runway_affordable_calls{within="15m",origin=~"$origin"})',
            legend: '{{origin}}, allowed',
          },
        ],
      },
      {
        title: 'Keys',
        description: 'Those that are kept warm, and those of them that are due and in no job yet.',
        unit: 'short',
        queries: [
          { expr: 'max by (source) (forewarm_tracked_keys{source=~"$source"})', legend: '{{source}}' },
          { expr: 'max by (source) (forewarm_due_keys{source=~"$source"})', legend: '{{source}}, due' },
        ],
      },
      {
        title: 'Keys that fail',
        description:
          'Whose last attempt failed or was refused; in quarantine; failed for good and not looked after.',
        unit: 'short',
        queries: [
          {
            expr: 'max by (source) (forewarm_failing_keys{source=~"$source"})',
            legend: '{{source}}, failing',
          },
          {
            expr: 'max by (source) (forewarm_quarantined_keys{source=~"$source"})',
            legend: '{{source}}, quarantined',
          },
          { expr: 'max by (of) (forewarm_dead_letters)', legend: 'dead letters: {{of}}' },
        ],
      },
      {
        title: 'Expire within 15 minutes',
        description: 'Unless they are refreshed.',
        unit: 'short',
        queries: [
          {
            expr: 'max by (source) (forewarm_expiring_keys{within="15m",source=~"$source"})',
            legend: '{{source}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Reads',
    panels: [
      {
        title: 'Reads that get what is fresh',
        description:
          'Of the reads of the last 30 minutes, those that got a value within its ttl, or that there is none. 99 % is aimed at.',
        unit: 'percentunit',
        width: 4,
        now: true,
        queries: [
          {
            expr: `sum(rate(${READS},result=~"hit|absent"}[30m])) / (sum(rate(${READS}}[30m])) > 0)`,
            legend: 'fresh',
          },
        ],
      },
      {
        title: 'Reads by what they get',
        description:
          'As their callers see it, over all tiers. `error`: no tier had it, and one did not answer.',
        unit: 'ops',
        width: 10,
        stacked: true,
        queries: [{ expr: `sum by (result) (rate(${READS}}${RATE}))`, legend: '{{result}}' }],
      },
      {
        title: 'Late reads by source',
        description: 'The share that got a value past its ttl, none, or no answer.',
        unit: 'percentunit',
        width: 10,
        queries: [{ expr: 'forewarm:reads_late:ratio_rate5m{source=~"$source"}', legend: '{{source}}' }],
      },
      {
        title: 'Where reads are answered',
        description:
          'Of the keys that each tier was asked for, the share that it had. What one lacks, the next is asked for.',
        unit: 'percentunit',
        queries: [
          {
            expr:
              `sum by (tier) (rate(forewarm_reads_total{tier=~"$tier",source=~"$source",result!~"miss|error"}${RATE})) / ` +
              `(sum by (tier) (rate(forewarm_reads_total{tier=~"$tier",source=~"$source"}${RATE})) > 0)`,
            legend: '{{tier}}',
          },
        ],
      },
      {
        title: 'Calls of tiers, p95',
        description: 'Each call is for a batch of keys. Bars of a histogram are powers of two apart.',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (tier, verb, le) (rate(forewarm_tier_call_duration_seconds_bucket{tier=~"$tier"}${RATE})))`,
            legend: '{{tier}} {{verb}}',
          },
        ],
      },
      {
        title: 'Calls of tiers that fail',
        description:
          'Reads go on with the next tier. A breaker that is open leaves the tier alone for a while.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (tier, verb) (rate(forewarm_tier_call_failures_total{tier=~"$tier"}${RATE}))`,
            legend: '{{tier}} {{verb}}',
          },
        ],
      },
      {
        title: 'What applications get',
        description:
          'Reads through the library in processes that are scraped, with what they waited for. `unavailable`: nobody knows.',
        unit: 'ops',
        width: 12,
        stacked: true,
        queries: [
          {
            expr: `sum by (answer) (rate(forewarm_answers_total{source=~"$source"}${RATE}))`,
            legend: '{{answer}}',
          },
        ],
      },
      {
        title: 'Reads that memory did not serve, p95',
        description: '`load`: it waited for the origin, or for the workers.',
        unit: 's',
        width: 12,
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (source, way, le) (rate(forewarm_read_duration_seconds_bucket{source=~"$source"}${RATE})))`,
            legend: '{{source}} {{way}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Warming',
    panels: [
      {
        title: 'Keys by how they end',
        description:
          'Runs and refreshes. `already-warm`: nothing was needed. `refused`: a guard kept the old value.',
        unit: 'ops',
        stacked: true,
        queries: [{ expr: `sum by (outcome) (rate(${ENDED}}${RATE}))`, legend: '{{outcome}}' }],
      },
      {
        title: 'Keys that end badly, by source',
        description: '`failed`: every attempt failed. `refused`: the new body was not good enough.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (source, outcome) (rate(${ENDED},outcome=~"failed|refused"}${RATE}))`,
            legend: '{{source}} {{outcome}}',
          },
        ],
      },
      {
        title: 'Refusals by rule',
        description: 'Which rule of a guard the new bodies broke, or that too many values are gone at once.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (source, rule) (rate(forewarm_refusals_total{source=~"$source"}${RATE}))`,
            legend: '{{source}} {{rule}}',
          },
        ],
      },
      {
        title: 'Jobs by how they end',
        description:
          '`later` and `back` go on: the origin was paused, or the process stopped. `lost` ended with their process.',
        unit: 'ops',
        stacked: true,
        queries: [
          {
            expr: `sum by (kind, ending) (rate(forewarm_jobs_ended_total${RATE}))`,
            legend: '{{kind}} {{ending}}',
          },
        ],
      },
      {
        title: 'Since the latest tick',
        description:
          'How long ago the latest time was at which each schedule fired. It should not grow beyond its interval.',
        unit: 's',
        width: 12,
        queries: [
          {
            expr: 'time() - max by (schedule) (forewarm_latest_tick_timestamp_seconds)',
            legend: '{{schedule}}',
          },
        ],
      },
      {
        title: 'Skipped ticks',
        description:
          'In an hour, by schedule and reason. `paused`, `asked` and `excepted` are what somebody wanted.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: 'sum by (schedule, reason) (increase(forewarm_skipped_ticks_total[1h]))',
            legend: '{{schedule}}: {{reason}}',
          },
        ],
      },
      {
        title: 'How late ticks are, p90',
        description: 'How long after its time the work of a tick was queued, its jitter included.',
        unit: 's',
        width: 12,
        queries: [{ expr: 'forewarm:tick_delay_seconds:p90_1h', legend: '{{schedule}}' }],
      },
      {
        title: 'How long jobs take, p95',
        description: 'Each try by itself.',
        unit: 's',
        width: 12,
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (kind, le) (rate(forewarm_job_duration_seconds_bucket${RATE})))`,
            legend: '{{kind}}',
          },
        ],
      },
      {
        title: 'Queue',
        description: 'Jobs by lane: ready, and put back until a time.',
        unit: 'short',
        width: 12,
        stacked: true,
        queries: [
          {
            expr: 'max by (lane, state) (forewarm_queue_jobs{state=~"waiting|delayed|active"})',
            legend: '{{lane}} {{state}}',
          },
        ],
      },
      {
        title: 'The oldest job that waits',
        description: 'Of those that could be worked on. Age says more than number.',
        unit: 's',
        width: 12,
        queries: [{ expr: 'max by (lane) (forewarm_queue_oldest_seconds)', legend: '{{lane}}' }],
      },
      {
        title: 'Until the next tick',
        description: 'Below zero, nobody fires it.',
        unit: 's',
        width: 12,
        queries: [
          {
            expr: 'max by (schedule) (forewarm_next_tick_timestamp_seconds) - time()',
            legend: '{{schedule}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Origins and their budgets',
    panels: [
      {
        title: 'Calls of origins by result',
        description: '`throttled`: refused because there were too many. `permanent`: no retry changes it.',
        unit: 'ops',
        stacked: true,
        queries: [
          { expr: `sum by (origin, result) (rate(${CALLS}}${RATE}))`, legend: '{{origin}} {{result}}' },
        ],
      },
      {
        title: 'Calls of origins, p95',
        description: 'Of calls that gave something.',
        unit: 's',
        queries: [
          {
            expr: 'forewarm:origin_call_duration_seconds:p95_5m{origin=~"$origin"}',
            legend: '{{origin}}',
          },
        ],
      },
      {
        title: 'Who uses the budget',
        description: '`live`: reads that wait. Each has its share where all of them want more than there is.',
        unit: 'ops',
        stacked: true,
        queries: [
          {
            expr: `sum by (origin, user) (rate(forewarm_budget_calls_total{origin=~"$origin"}${RATE}))`,
            legend: '{{origin}} {{user}}',
          },
        ],
      },
      {
        title: 'Limits lowered',
        description:
          'Times in an hour that an origin bore less than configured. They rise again by themselves.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: 'sum by (origin) (increase(forewarm_budget_lowered_total{origin=~"$origin"}[1h]))',
            legend: '{{origin}}',
          },
        ],
      },
      {
        title: 'Keys for each call',
        description: 'Batches save calls: the more keys one answers, the less of the budget is used.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr:
              `sum by (source) (rate(forewarm_origin_call_keys_total{origin=~"$origin",source=~"$source"}${RATE})) / ` +
              `(sum by (source) (rate(${CALLS},source=~"$source"}${RATE})) > 0)`,
            legend: '{{source}}',
          },
        ],
      },
      {
        title: 'Waits for a permit, p95',
        description: 'By who waits. What would wait for longer than two seconds goes back to the queue.',
        unit: 's',
        queries: [
          {
            expr: 'forewarm:budget_wait_duration_seconds:p95_5m{origin=~"$origin"}',
            legend: '{{origin}} {{user}}',
          },
        ],
      },
      {
        title: 'What origins say of keys',
        description: '`unchanged` is cheap: what is stored is current, and nothing is written.',
        unit: 'ops',
        stacked: true,
        queries: [
          {
            expr: `sum by (answer) (rate(forewarm_fetched_answers_total{source=~"$source"}${RATE}))`,
            legend: '{{answer}}',
          },
        ],
      },
      {
        title: 'Bytes that origins give',
        description: 'Of bodies, in each second.',
        unit: 'bytes',
        queries: [
          {
            expr: `sum by (source) (rate(forewarm_fetched_bytes_total{source=~"$source"}${RATE}))`,
            legend: '{{source}}',
          },
        ],
      },
      {
        title: 'Limits',
        description: 'Calls at the same time: as configured, as allowed now, under way.',
        unit: 'short',
        queries: [
          {
            expr: 'max by (origin, limit) (forewarm_budget_permits{origin=~"$origin"})',
            legend: '{{origin}} {{limit}}',
          },
        ],
      },
      {
        title: 'Rates',
        description: 'Calls per second: as configured and as allowed now, and those that were made.',
        unit: 'ops',
        queries: [
          {
            expr: 'max by (origin, limit) (forewarm_budget_rate_per_second{origin=~"$origin"})',
            legend: '{{origin}} {{limit}}',
          },
          { expr: 'forewarm:origin_calls:rate5m{origin=~"$origin"}', legend: '{{origin}}, made' },
        ],
      },
      {
        title: 'Quotas',
        description: 'Calls that are left, as origins last said.',
        unit: 'short',
        queries: [
          { expr: 'max by (origin) (forewarm_quota_left_calls{origin=~"$origin"})', legend: '{{origin}}' },
        ],
      },
    ],
  },
  {
    title: 'Tiers',
    panels: [
      {
        title: 'Evicted entries',
        description:
          'To make room. `never read`: warmed for nothing. More than 2 % of what is warmed, and the tier is too small.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (tier) (rate(forewarm_evicted_entries_total{tier=~"$tier"}${RATE}))`,
            legend: '{{tier}}',
          },
          {
            expr: `sum by (tier) (rate(forewarm_evicted_unread_entries_total{tier=~"$tier"}${RATE}))`,
            legend: '{{tier}}, never read',
          },
        ],
      },
      {
        title: 'Failing, lost and corrupt',
        description:
          'Open breakers now; entries in an hour that a tier lost as others were copied to it, or that cannot be read back.',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (tier, of) (forewarm_open_breakers{tier=~"$tier"})',
            legend: '{{tier}} {{of}}: open breakers',
          },
          {
            expr: 'sum by (tier) (increase(forewarm_lost_entries_total{tier=~"$tier"}[1h]))',
            legend: '{{tier}}: lost',
          },
          {
            expr: 'sum by (tier) (increase(forewarm_corrupt_entries_total{tier=~"$tier"}[1h]))',
            legend: '{{tier}}: corrupt',
          },
        ],
      },
      {
        title: 'Stored bytes for each byte of a body',
        description: 'What compression and encryption make of bodies.',
        unit: 'percentunit',
        queries: [
          {
            expr:
              `sum by (tier) (rate(forewarm_coded_stored_bytes_total{tier=~"$tier"}${RATE})) / ` +
              `(sum by (tier) (rate(forewarm_coded_plain_bytes_total{tier=~"$tier"}${RATE})) > 0)`,
            legend: '{{tier}}',
          },
        ],
      },
      {
        title: 'Bytes',
        description:
          'What tiers hold: of Redis an estimate, of the disk that of the fullest host, of memory the sum of all processes.',
        unit: 'bytes',
        width: 12,
        queries: [
          { expr: 'max by (tier) (forewarm_tier_bytes{tier=~"$tier"})', legend: '{{tier}}' },
          { expr: 'max by (tier) (forewarm_host_tier_bytes{tier=~"$tier"})', legend: '{{tier}}' },
          { expr: 'sum by (tier) (forewarm_memory_tier_bytes{tier=~"$tier"})', legend: '{{tier}}' },
        ],
      },
      {
        title: 'Entries',
        description: 'Of the same.',
        unit: 'short',
        width: 12,
        queries: [
          { expr: 'max by (tier) (forewarm_tier_entries{tier=~"$tier"})', legend: '{{tier}}' },
          { expr: 'max by (tier) (forewarm_host_tier_entries{tier=~"$tier"})', legend: '{{tier}}' },
          { expr: 'sum by (tier) (forewarm_memory_tier_entries{tier=~"$tier"})', legend: '{{tier}}' },
        ],
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Processes that are scraped',
        description: 'By the service of the compose file.',
        unit: 'short',
        queries: [{ expr: 'sum by (service) (up{job="forewarm"})', legend: '{{service}}' }],
      },
      {
        title: 'Problems that nothing waited for',
        description: 'In an hour; the log of the process says what.',
        unit: 'short',
        queries: [
          { expr: 'sum by (instance) (increase(forewarm_problems_total[1h]))', legend: '{{instance}}' },
        ],
      },
      {
        title: 'Processor time',
        description: 'Seconds of it in each second. A process uses one processor at most, and a little more.',
        unit: 'short',
        queries: [
          {
            expr: `sum by (service, instance) (rate(forewarm_process_cpu_seconds_total${RATE}))`,
            legend: '{{service}} {{instance}}',
          },
        ],
      },
      {
        title: 'Event loop, p99',
        description: 'How long everything in a process waits for its turn.',
        unit: 's',
        queries: [{ expr: 'forewarm:event_loop_delay_seconds:p99_5m', legend: '{{instance}}' }],
      },
      {
        title: 'Memory',
        description:
          'What the operating system counts for each process; what its memory tier holds is in it.',
        unit: 'bytes',
        queries: [
          {
            expr: 'sum by (service, instance) (forewarm_process_memory_bytes{area="resident"})',
            legend: '{{service}} {{instance}}',
          },
          { expr: 'sum by (instance) (forewarm_memory_tier_bytes)', legend: '{{instance}}, memory tier' },
        ],
      },
      {
        title: 'Versions',
        description: 'Processes of each.',
        unit: 'short',
        queries: [{ expr: 'sum by (version) (forewarm_build_info)', legend: '{{version}}' }],
      },
    ],
  },
];
