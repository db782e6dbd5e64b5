import { type PanelRow, RATE } from '../panel.ts';

const CALLS = 'forewarm_origin_calls_total{origin=~"$origin"';

export const ORIGINS: PanelRow = {
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
};
