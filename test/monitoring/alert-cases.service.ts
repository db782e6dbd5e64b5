/** The cases of alerts about gauges of the whole service, which one process at a time tells. */
import type { AlertCase, FiredAlert } from '../support/alert-cases.ts';

/** It fires while the gauge is beyond its bound for long, whichever process tells it, and not while it is within. */
function gauge(series: string, bad: number, good: number, fires: FiredAlert): readonly AlertCase[] {
  const [name = '', labels = ''] = series.split('{');
  const of = (instance: string) => `${name}{instance="${instance}",${labels}`;
  return [
    { given: { [of('a')]: `${bad}x60 _x60`, [of('b')]: `_x60 ${bad}x60` }, at: '1h15m', fires },
    { given: { [of('a')]: `${good}x120` }, at: '1h15m' },
    { given: { [of('a')]: `${good}x70 ${bad}x2 ${good}x60` }, at: '1h15m' },
  ];
}

const UNMEASURED: FiredAlert = {
  summary: 'No process can measure the service.',
  description: 'Coverage, queues and limits are not known, and alerts about them are silent.',
};

export const SERVICE_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ForewarmUnmeasured: [
    { given: { 'up{job="forewarm"}': '1x30' }, at: '20m', fires: UNMEASURED },
    { given: { 'forewarm_measured_timestamp_seconds{role="worker"}': '0x60' }, at: '20m', fires: UNMEASURED },
    { given: { 'forewarm_measured_timestamp_seconds{role="worker"}': '0+60x60' }, at: '20m' },
  ],
  ForewarmCoverageLow: gauge('forewarm_coverage_ratio{tier="stack",source="quote"}', 0.9, 0.96, {
    labels: { source: 'quote' },
    summary: 'Keys of quote are not warm.',
    description: '90% of a sample are, where 99 % is aimed at.',
  }),
  ForewarmRunwayShort: [
    {
      given: {
        'forewarm_runway_needed_calls{origin="markets",within="15m",instance="a"}': '2000x60',
        'forewarm_runway_affordable_calls{origin="markets",within="15m",instance="a"}': '1000x60',
      },
      at: '30m',
      fires: {
        labels: { origin: 'markets', within: '15m' },
        summary: 'More of markets expires within 15m than its limits allow to refresh.',
        description: '2k calls are needed.',
      },
    },
    {
      given: {
        'forewarm_runway_needed_calls{origin="markets",within="15m",instance="a"}': '500x60',
        'forewarm_runway_affordable_calls{origin="markets",within="15m",instance="a"}': '1000x60',
      },
      at: '30m',
    },
    // Nothing limits it.
    { given: { 'forewarm_runway_needed_calls{origin="markets",within="15m"}': '500x60' }, at: '30m' },
  ],
  ForewarmOriginPaused: gauge('forewarm_budget_paused_seconds{origin="markets"}', 30, 0, {
    labels: { origin: 'markets' },
    summary: 'The origin markets is not called.',
    description: 'It is paused, for 30s more.',
  }),
  ForewarmLimitsLowered: [
    {
      given: { 'forewarm_budget_reduced_seconds{origin="markets",instance="a"}': '0+60x90' },
      at: '1h10m',
      fires: {
        labels: { origin: 'markets' },
        summary: 'The origin markets bears less than is configured.',
        description: 'Its limits have been lowered for 1h 10m 0s.',
      },
    },
    {
      given: { 'forewarm_budget_reduced_seconds{origin="markets",instance="a"}': '0+60x30 0x60' },
      at: '1h10m',
    },
  ],
  ForewarmKeysQuarantined: gauge('forewarm_quarantined_keys{source="quote"}', 3, 0, {
    labels: { source: 'quote' },
    summary: 'Keys of quote are set aside, since they fail again and again.',
    description: '3 of them. They are tried again seldom.',
  }),
  ForewarmDeadLetters: gauge('forewarm_dead_letters{of="keys"}', 7, 0, {
    labels: { of: 'keys' },
    summary: 'What failed for good waits for somebody: keys.',
    description: '7 of them.',
  }),
  ForewarmQueueOld: gauge('forewarm_queue_oldest_seconds{lane="markets"}', 1200, 890, {
    labels: { lane: 'markets' },
    summary: 'Jobs of the lane markets wait.',
    description: 'The oldest that could be worked on has waited for 20m 0s.',
  }),
  ForewarmScheduleStands: [
    {
      given: { 'forewarm_next_tick_timestamp_seconds{schedule="nightly",instance="a"}': '600x60' },
      at: '30m',
      fires: {
        labels: { schedule: 'nightly' },
        summary: 'The schedule nightly does not fire.',
        description: 'Its next time was 20m 0s ago.',
      },
    },
    {
      given: { 'forewarm_next_tick_timestamp_seconds{schedule="nightly",instance="a"}': '7200x60' },
      at: '30m',
    },
  ],
};
