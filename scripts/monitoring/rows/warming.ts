import { type PanelRow, RATE } from '../panel.ts';

const ENDED = 'forewarm_keys_ended_total{source=~"$source"';

export const WARMING: PanelRow = {
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
};
