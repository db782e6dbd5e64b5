/** Of each alert, when it fires and what it says, and when it does not. Values come once a minute. */
import type { AlertCase } from '../support/alert-cases.ts';
import { counted, longAgo } from './alert-cases.counted.ts';
import { SERVICE_CASES } from './alert-cases.service.ts';
import { WORK_CASES } from './alert-cases.work.ts';

const QUOTE = 'tier="stack",source="quote"';
const UP = 'up{job="forewarm",instance="a:7078",service="worker"}';

const OVERFLOWS = {
  labels: { tier: 'redis' },
  summary: 'The tier redis loses entries as others are copied to it.',
  description: 'It is too small for what is to be kept there, and is filled no further.',
};

export const ALERT_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ForewarmDown: [
    {
      given: { [UP]: '1x10 0x20' },
      at: '20m',
      fires: {
        summary: 'No process of Forewarm can be scraped.',
        description: 'Nothing is warmed, and nothing is known of what is.',
      },
    },
    {
      given: { 'up{job="other"}': '1x30' },
      at: '20m',
      fires: {
        summary: 'No process of Forewarm can be scraped.',
        description: 'Nothing is warmed, and nothing is known of what is.',
      },
    },
    { given: { [UP]: '1x30', 'up{job="forewarm",instance="b:7078",service="api"}': '0x30' }, at: '20m' },
    { given: { [UP]: '1x10 0 1x10' }, at: '11m' },
  ],
  ForewarmProcessDown: [
    {
      given: { [UP]: '1x10 0x20' },
      at: '20m',
      fires: {
        labels: { job: 'forewarm', instance: 'a:7078', service: 'worker' },
        summary: 'a:7078 (worker) cannot be scraped.',
        description:
          'It has not answered for five minutes. It hangs, is overloaded, or is gone and still listed.',
      },
    },
    { given: { [UP]: '1x10 0x4 1x10' }, at: '15m' },
  ],
  ForewarmProblems: [
    {
      given: { 'forewarm_problems_total{instance="a"}': '0+1x90' },
      at: '1h30m',
      fires: {
        labels: { instance: 'a' },
        summary: 'a logs problems that nothing waited for.',
        description: '60 in an hour.',
      },
    },
    { given: { 'forewarm_problems_total{instance="a"}': '0x30 5x60' }, at: '1h' },
  ],
  ForewarmRestarts: [
    {
      given: {
        'forewarm_process_start_timestamp_seconds{role="worker",instance="a:7078",service="worker"}':
          '0+60x10',
      },
      at: '10m',
      fires: {
        labels: { role: 'worker', instance: 'a:7078', service: 'worker' },
        summary: 'a:7078 (worker) is restarted again and again.',
        description: '10 times in an hour.',
      },
    },
    {
      given: { 'forewarm_process_start_timestamp_seconds{instance="a:7078"}': '60x20 80x20 90x20' },
      at: '1h',
    },
  ],
  ForewarmEventLoopLate: [
    {
      given: {
        'forewarm_event_loop_delay_seconds_bucket{instance="a",le="1"}': '0+500x30',
        'forewarm_event_loop_delay_seconds_bucket{instance="a",le="4"}': '0+600x30',
        'forewarm_event_loop_delay_seconds_bucket{instance="a",le="+Inf"}': '0+600x30',
      },
      at: '25m',
      fires: {
        labels: { instance: 'a' },
        summary: 'Everything in a waits for its turn.',
        description: '3.82s or more, in one of a hundred turns.',
      },
    },
    {
      given: {
        'forewarm_event_loop_delay_seconds_bucket{instance="a",le="1"}': '0+600x30',
        'forewarm_event_loop_delay_seconds_bucket{instance="a",le="+Inf"}': '0+600x30',
      },
      at: '25m',
    },
  ],
  ForewarmVersionsDiffer: [
    {
      given: {
        'forewarm_build_info{version="1.0.0",instance="a"}': '1x90',
        'forewarm_build_info{version="1.1.0",instance="b"}': '1x90',
        'forewarm_build_info{version="1.1.0",instance="c"}': '1x90',
      },
      at: '1h10m',
      fires: {
        summary: 'Processes of several versions run side by side.',
        description: '2 versions, for an hour. That is meant for the time of an upgrade.',
      },
    },
    {
      given: {
        'forewarm_build_info{version="1.0.0",instance="a"}': '1x30 _x60',
        'forewarm_build_info{version="1.1.0",instance="b"}': '1x90',
      },
      at: '1h10m',
    },
  ],
  ForewarmReadsAwaitBudget: [
    {
      given: {
        'forewarm_budget_wait_duration_seconds_bucket{origin="markets",user="live",le="1"}': '0x30',
        'forewarm_budget_wait_duration_seconds_bucket{origin="markets",user="live",le="2"}': '0+10x30',
        'forewarm_budget_wait_duration_seconds_bucket{origin="markets",user="live",le="+Inf"}': '0+10x30',
      },
      at: '25m',
      fires: {
        labels: { origin: 'markets', user: 'live' },
        summary: 'Reads wait for the budget of the origin markets.',
        description: '1.95s or more, one of twenty calls.',
      },
    },
    // Refreshes may wait.
    {
      given: {
        'forewarm_budget_wait_duration_seconds_bucket{origin="markets",user="hot",le="1"}': '0x30',
        'forewarm_budget_wait_duration_seconds_bucket{origin="markets",user="hot",le="+Inf"}': '0+10x30',
      },
      at: '25m',
    },
  ],
  ForewarmReadsLateFast: [
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+60x90',
        [`forewarm_reads_total{${QUOTE},result="stale"}`]: '0+20x90',
      },
      at: '1h30m',
      fires: {
        labels: { source: 'quote' },
        summary: 'Many reads of quote do not get what is fresh.',
        description: '25% in the last hour, where 1 % is aimed at.',
      },
    },
    // It is over: the last five minutes are well.
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+60x90',
        [`forewarm_reads_total{${QUOTE},result="miss"}`]: '0+30x60 1800x30',
      },
      at: '1h20m',
    },
    // An origin that says that it has no such value has answered.
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+60x90',
        [`forewarm_reads_total{${QUOTE},result="absent"}`]: '0+60x90',
      },
      at: '1h30m',
    },
    // Of a handful of reads nothing follows.
    { given: { [`forewarm_reads_total{${QUOTE},result="miss"}`]: '0+1x90' }, at: '1h30m' },
    // A tier below the stack that misses costs no read.
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+60x90',
        'forewarm_reads_total{tier="memory",source="quote",result="miss"}': '0+60x90',
      },
      at: '1h30m',
    },
  ],
  ForewarmReadsLateSlow: [
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+18x420',
        [`forewarm_reads_total{${QUOTE},result="error"}`]: '0+2x420',
      },
      at: '7h',
      fires: {
        labels: { source: 'quote' },
        summary: 'Reads of quote do not get what is fresh.',
        description: '10% in the last six hours, where 1 % is aimed at.',
      },
    },
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+98x420',
        [`forewarm_reads_total{${QUOTE},result="stale"}`]: '0+2x420',
      },
      at: '7h',
    },
  ],
  ForewarmReadsUnanswered: [
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+90x30',
        [`forewarm_reads_total{${QUOTE},result="error"}`]: '0+10x30',
      },
      at: '20m',
      fires: {
        labels: { source: 'quote' },
        summary: 'Reads of quote get no answer from any tier.',
        description: '10% in five minutes, while a tier does not answer.',
      },
    },
    {
      given: {
        [`forewarm_reads_total{${QUOTE},result="hit"}`]: '0+90x30',
        'forewarm_reads_total{tier="redis",source="quote",result="error"}': '0+90x30',
      },
      at: '20m',
    },
  ],
  ForewarmTierFailing: [
    {
      given: {
        'forewarm_open_breakers{tier="redis",of="reads",instance="a"}': '0x5 1x20',
        'forewarm_open_breakers{tier="redis",of="reads",instance="b"}': '0x5 1x20',
      },
      at: '15m',
      fires: {
        labels: { tier: 'redis', of: 'reads' },
        summary: 'The reads of the tier redis fail.',
        description: '2 process(es) leave it alone until it answers again.',
      },
    },
    { given: { 'forewarm_open_breakers{tier="redis",of="writes"}': '0x5 1x3 0x20' }, at: '9m' },
  ],
  ForewarmCorruptEntries: counted('forewarm_corrupt_entries_total{tier="disk"}', (count) => ({
    labels: { tier: 'disk' },
    summary: 'The tier disk has entries that cannot be read back as written.',
    description: `${count} in an hour. They count as missing, and are fetched again.`,
  })),
  ForewarmEvictedUnread: [
    {
      given: {
        'forewarm_evicted_unread_entries_total{tier="redis"}': '0+5x120',
        'forewarm_keys_ended_total{outcome="warmed",source="quote"}': '0+50x120',
        'forewarm_keys_ended_total{outcome="warmed",source="profile"}': '0+50x120',
      },
      at: '2h',
      fires: {
        labels: { tier: 'redis' },
        summary: 'The tier redis evicts what was warmed before anybody read it.',
        description: '5% of what was warmed in an hour.',
      },
    },
    {
      given: {
        'forewarm_evicted_unread_entries_total{tier="redis"}': '0+1x120',
        'forewarm_keys_ended_total{outcome="warmed",source="quote"}': '0+100x120',
      },
      at: '2h',
    },
    {
      given: {
        'forewarm_evicted_unread_entries_total{tier="redis"}': '0+1x120',
        'forewarm_keys_ended_total{outcome="warmed",source="quote"}': '0x120',
      },
      at: '2h',
    },
  ],
  ForewarmTierOverflows: [
    {
      given: { 'forewarm_lost_entries_total{tier="redis"}': '0+1x120' },
      at: '2h',
      fires: OVERFLOWS,
    },
    { given: { 'forewarm_lost_entries_total{tier="redis"}': '0x30 2x120' }, at: '2h' },
    ...longAgo('forewarm_lost_entries_total{tier="redis"}'),
  ],
  ...SERVICE_CASES,
  ...WORK_CASES,
};
