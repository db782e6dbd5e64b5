/** The cases of alerts about origins, keys, schedules and jobs. */
import type { AlertCase } from '../support/alert-cases.ts';
import { counted } from './alert-cases.counted.ts';

const BEGUN = 'forewarm_process_start_timestamp_seconds{role="scheduler"}';

const REFUSES = (count: number) => ({
  labels: { source: 'quote' },
  summary: 'A guard refuses new bodies of quote.',
  description: `${count} in 15 minutes. The old values stay, and grow old.`,
});
const SKIPPED = {
  labels: { schedule: 'nightly', reason: 'missed' },
  summary: 'Times of the schedule nightly are skipped: missed.',
  description: '100% of those of the last hour.',
};

export const WORK_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ForewarmOriginFailing: [
    {
      given: {
        'forewarm_origin_calls_total{origin="markets",source="quote",result="ok"}': '0+6x60',
        'forewarm_origin_calls_total{origin="markets",source="quote",result="retryable"}': '0+3x60',
        'forewarm_origin_calls_total{origin="markets",source="profile",result="permanent"}': '0+3x60',
      },
      at: '30m',
      fires: {
        labels: { origin: 'markets' },
        summary: 'Calls of the origin markets fail.',
        description: '50% of them. Stored values are served as long as their grace lasts.',
      },
    },
    // That is another alert's.
    {
      given: {
        'forewarm_origin_calls_total{origin="markets",source="quote",result="ok"}': '0+6x60',
        'forewarm_origin_calls_total{origin="markets",source="quote",result="throttled"}': '0+6x60',
      },
      at: '30m',
    },
    // The other origin fails.
    {
      given: {
        'forewarm_origin_calls_total{origin="markets",source="quote",result="ok"}': '0+6x60',
        'forewarm_origin_calls_total{origin="markets",source="quote",result="retryable"}': '0+1x60',
      },
      at: '30m',
    },
  ],
  ForewarmOriginThrottles: [
    {
      given: {
        'forewarm_origin_calls_total{origin="markets",source="quote",result="ok"}': '0+90x60',
        'forewarm_origin_calls_total{origin="markets",source="quote",result="throttled"}': '0+10x60',
      },
      at: '30m',
      fires: {
        labels: { origin: 'markets' },
        summary: 'The origin markets refuses calls because there are too many.',
        description: '10% of them, although its limits were lowered.',
      },
    },
    {
      given: {
        'forewarm_origin_calls_total{origin="markets",source="quote",result="ok"}': '0+98x60',
        'forewarm_origin_calls_total{origin="markets",source="quote",result="throttled"}': '0+2x60',
      },
      at: '30m',
    },
  ],
  ForewarmKeysRefused: [
    ...counted('forewarm_keys_ended_total{source="quote",outcome="refused"}', REFUSES, 6),
    {
      given: { 'forewarm_keys_ended_total{source="quote",outcome="refused"}': '0x30 6x30' },
      at: '37m',
      fires: REFUSES(6),
    },
    { given: { 'forewarm_keys_ended_total{source="quote",outcome="refused"}': '6x90' }, at: '1h' },
    { given: { 'forewarm_keys_ended_total{source="quote",outcome="warmed"}': '0+6x90' }, at: '1h' },
  ],
  ForewarmKeysFail: [
    {
      given: {
        'forewarm_keys_ended_total{source="quote",outcome="warmed"}': '0+9x90',
        'forewarm_keys_ended_total{source="quote",outcome="failed"}': '0+1x90',
      },
      at: '1h',
      fires: {
        labels: { source: 'quote' },
        summary: 'Keys of quote fail for good.',
        description: '10% of those that ended in half an hour.',
      },
    },
    {
      given: {
        'forewarm_keys_ended_total{source="quote",outcome="already-warm"}': '0+99x90',
        'forewarm_keys_ended_total{source="quote",outcome="failed"}': '0+1x90',
      },
      at: '1h',
    },
  ],
  ForewarmTicksSkipped: [
    ...counted('forewarm_skipped_ticks_total{schedule="nightly",reason="missed"}', () => SKIPPED),
    {
      given: {
        ...{ [BEGUN]: '0x61' },
        'forewarm_skipped_ticks_total{schedule="hot",reason="overlap"}': '_ 1+1x60',
        'forewarm_ran_ticks_total{schedule="hot"}': '_ 1+3x60',
      },
      at: '40m',
      fires: {
        labels: { schedule: 'hot', reason: 'overlap' },
        summary: 'Times of the schedule hot are skipped: overlap.',
        description: '25.32% of those of the last hour.',
      },
    },
    // Many ran, long ago and before a time without scrapes.
    {
      given: {
        ...{ [BEGUN]: '-100000x10 _x10 -100000x300' },
        'forewarm_skipped_ticks_total{schedule="nightly",reason="missed"}': '_x30 1x300',
        'forewarm_ran_ticks_total{schedule="nightly"}': '500x10 _x10 500x300',
      },
      at: '45m',
      fires: SKIPPED,
    },
    // One of many.
    {
      given: {
        ...{ [BEGUN]: '0x60' },
        'forewarm_skipped_ticks_total{schedule="hot",reason="missed"}': '_x30 1x30',
        'forewarm_ran_ticks_total{schedule="hot"}': '0+1x60',
      },
      at: '45m',
    },
    // Somebody wanted it so.
    { given: { 'forewarm_skipped_ticks_total{schedule="nightly",reason="paused"}': '0+1x60' }, at: '45m' },
  ],
  ForewarmTicksLate: [
    {
      given: {
        'forewarm_tick_delay_seconds_bucket{schedule="nightly",le="512"}': '0x90',
        'forewarm_tick_delay_seconds_bucket{schedule="nightly",le="2048"}': '0+1x90',
        'forewarm_tick_delay_seconds_bucket{schedule="nightly",le="+Inf"}': '0+1x90',
      },
      at: '1h',
      fires: {
        labels: { schedule: 'nightly' },
        summary: 'The schedule nightly fires late.',
        description: '31m 34s after its times, or more, in one of ten.',
      },
    },
    {
      given: {
        'forewarm_tick_delay_seconds_bucket{schedule="nightly",le="512"}': '0+1x90',
        'forewarm_tick_delay_seconds_bucket{schedule="nightly",le="+Inf"}': '0+1x90',
      },
      at: '1h',
    },
  ],
  ForewarmJobsFail: [
    ...counted('forewarm_jobs_ended_total{kind="prefetch",ending="lost"}', (count) => ({
      labels: { kind: 'prefetch', ending: 'lost' },
      summary: 'Jobs of the kind prefetch end as lost.',
      description: `${count} in 15 minutes.`,
    })),
    { given: { 'forewarm_jobs_ended_total{kind="prefetch",ending="retry"}': '0+1x60' }, at: '35m' },
  ],
};
