import type { PanelRow } from '../panel.ts';

export const WARMTH: PanelRow = {
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
      description: 'Shares of the keys of the sample, over the sources. `due` is warm, and to be refreshed.',
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
};
