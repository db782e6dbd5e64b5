import { type PanelRow, RATE } from '../panel.ts';

const OF_CALLER = 'forewarm_reads_total{tier="stack",source=~"$source"';

export const READS: PanelRow = {
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
          expr: `sum(rate(${OF_CALLER},result=~"hit|absent"}[30m])) / (sum(rate(${OF_CALLER}}[30m])) > 0)`,
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
      queries: [{ expr: `sum by (result) (rate(${OF_CALLER}}${RATE}))`, legend: '{{result}}' }],
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
};
