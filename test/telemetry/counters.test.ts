import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventMap, Events } from '../../src/core/events.ts';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { ReadCounts } from '../../src/core/metrics/read-counts.ts';
import {
  NO_STATISTICS,
  type Statistics,
  statisticsSchema,
  sumStatistics,
} from '../../src/core/metrics/statistics.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { TaskCalls } from '../../src/warming/calls/task-calls.ts';
import { newCounters } from '../support/counters.ts';

function counting(reads = new ReadCounts()) {
  const events = new Events();
  const counters = newCounters({ reads });
  counters.start(events);
  return { events, counters, reads };
}

function bucketsOf(...all: readonly number[]) {
  const histogram = new Histogram();
  for (const ms of all) histogram.record(ms);
  return histogram.buckets();
}

/** As a task keeps it: three bodies of 300 bytes, one answer "unchanged" and two "absent". */
function answeredCalls() {
  const calls = new TaskCalls(1, false);
  const body = { kind: 'body', body: Buffer.alloc(300) } as const;
  calls.answered([], [body, body, body, { kind: 'unchanged' }, { kind: 'absent' }, { kind: 'absent' }]);
  return calls.record();
}

describe('counters', () => {
  test('add up what a process did, by source, origin, tier and job kind', () => {
    const { events, counters, reads } = counting();
    reads.of('memory', 'quote').hits += 3;
    events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 2, failed: 1 } });
    events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 3 } });
    events.emit('keys:ended', { source: 'profile', run: 'r', outcomes: { unchanged: 1 } });
    const calls = answeredCalls();
    events.emit('calls:made', { source: 'profile', calls });
    events.emit('calls:made', { source: 'profile', calls });
    events.emit('budget:call', { origin: 'm', user: 'hot', waited: 25 });
    for (const rule of ['empty', 'empty', 'absence'] as const)
      events.emit('key:refused', { source: 'profile', key: `profile:${rule}`, rule, reason: 'why' });
    events.emit('budget:pause', { origin: 'm', until: 1, reason: 'it asked' });
    events.emit('origin:call', { origin: 'm', source: 'quote', keys: 5, ms: 10, result: 'ok' });
    events.emit('origin:call', { origin: 'm', source: 'quote', keys: 1, ms: 7, result: 'throttled' });
    events.emit('tier:call', { tier: 'redis', verb: 'put', keys: 6, ms: 1, ok: false });
    events.emit('tier:call', { tier: 'redis', verb: 'put', keys: 2, ms: 3, ok: true });
    events.emit('tier:call', { tier: 'redis', verb: 'get', keys: 1, ms: 0.2, ok: true });
    events.emit('tier:coded', { tier: 'redis', source: 'quote', plain: 1_000, stored: 250 });
    events.emit('tier:coded', { tier: 'redis', source: 'quote', plain: 100, stored: 100 });
    events.emit('tier:evicted', { tier: 'disk', keys: 10, unread: 4 });
    events.emit('tier:evicted', { tier: 'disk', keys: 1, unread: 1 });
    events.emit('job:ended', { kind: 'refresh', id: '1', lane: 'm', ms: 4, ending: 'done' });
    events.emit('tier:corrupt', { tier: 'disk', key: 'k', reason: 'crc' });
    for (const state of ['open', 'half-open', 'closed', 'open'] as const) {
      events.emit('tier:breaker', { tier: 'redis', of: 'reads', state, reason: 'gone' });
    }
    events.emit('tier:breaker', { tier: 'redis', of: 'writes', state: 'closed', reason: 'a call succeeded' });
    events.emit('schedule:tick', { schedule: 'hot', nominal: 60_000, late: false, behind: 40 });
    const night = { schedule: 'nightly', nominal: 60_000 };
    events.emit('schedule:skipped', { ...night, from: 60_000, count: 1, reason: 'paused' });
    events.emit('schedule:skipped', { ...night, from: 0, count: 1_000, reason: 'missed' });
    events.emit('schedule:skipped', { ...night, from: 0, count: undefined, reason: 'missed' });
    events.emit('problem', { where: 'bus', error: new Error('gone') });
    expect(counters.snapshot()).toEqual({
      ...NO_STATISTICS,
      skippedTicks: [
        { schedule: 'nightly', reason: 'paused', ticks: 1 },
        { schedule: 'nightly', reason: 'missed', ticks: 1_001 },
      ],
      reads: [{ tier: 'memory', source: 'quote', hits: 3, stale: 0, absent: 0, misses: 0, errors: 0 }],
      calls: [
        { tier: 'redis', verb: 'put', calls: 2, failed: 1, keys: 8, buckets: bucketsOf(3) },
        { tier: 'redis', verb: 'get', calls: 1, failed: 0, keys: 1, buckets: bucketsOf(0.2) },
      ],
      origins: [
        {
          ...{ origin: 'm', source: 'quote', keys: 6, buckets: bucketsOf(10) },
          ...{ ok: 1, retryable: 0, throttled: 1, permanent: 0 },
        },
      ],
      outcomes: [
        { source: 'quote', ...countsOf({ warmed: 5, failed: 1 }) },
        { source: 'profile', ...countsOf({ unchanged: 1 }) },
      ],
      fetched: [{ source: 'profile', body: 6, unchanged: 2, absent: 4, bytes: 1_800 }],
      budget: [{ origin: 'm', user: 'hot', calls: 1, buckets: bucketsOf(25) }],
      refusals: [
        { source: 'profile', rule: 'empty', keys: 2 },
        { source: 'profile', rule: 'absence', keys: 1 },
      ],
      pauses: [{ origin: 'm', pauses: 1 }],
      coded: [{ tier: 'redis', source: 'quote', plain: 1_100, stored: 350 }],
      evicted: [{ tier: 'disk', keys: 11, unread: 5 }],
      corrupt: [{ tier: 'disk', entries: 1 }],
      jobs: [{ kind: 'refresh', ending: 'done', jobs: 1, buckets: bucketsOf(4) }],
      breakers: [
        { tier: 'redis', of: 'reads', open: 1 },
        { tier: 'redis', of: 'writes', open: 0 },
      ],
      ticks: [{ schedule: 'hot', latest: 60_000, ran: 1, buckets: bucketsOf(40) }],
      problems: 1,
    });
  });

  test('return snapshots that no longer change, and count nothing once they are stopped', () => {
    const { events, counters, reads } = counting();
    const call: EventMap['tier:call'] = { tier: 'redis', verb: 'get', keys: 1, ms: 1, ok: true };
    events.emit('tier:call', call);
    reads.of('redis', 'quote').hits += 1;
    const before = counters.snapshot();
    const text = JSON.stringify(before);
    events.emit('tier:call', call);
    reads.of('redis', 'quote').hits += 1;
    expect(JSON.stringify(before)).toBe(text);
    counters.stop();
    events.emit('tier:call', call);
    expect(counters.snapshot().calls).toMatchObject([{ calls: 2 }]);
  });

  test('of an idle process are empty', () => {
    expect(counting().counters.snapshot()).toEqual(NO_STATISTICS);
  });
});

const call = fc.record<EventMap['tier:call']>({
  tier: fc.constantFrom('memory', 'redis'),
  verb: fc.constantFrom('get', 'put'),
  keys: fc.nat(500),
  ms: fc.double({ min: 0.001, max: 10_000, noNaN: true }),
  ok: fc.boolean(),
});
const coded = fc.record<EventMap['tier:coded']>({
  tier: fc.constant('redis'),
  source: fc.constantFrom('profile', 'quote'),
  plain: fc.nat(),
  stored: fc.nat(),
});
const work = fc.record({ calls: fc.array(call), coded: fc.array(coded) });
type Work = {
  readonly calls: readonly EventMap['tier:call'][];
  readonly coded: readonly EventMap['tier:coded'][];
};

function done(works: readonly Work[]): Statistics {
  const { events, counters } = counting();
  for (const { calls, coded: bodies } of works) {
    for (const each of calls) events.emit('tier:call', each);
    for (const each of bodies) events.emit('tier:coded', each);
  }
  return counters.snapshot();
}

/** As processes report it to each other. */
function reported(statistics: Statistics): Statistics {
  return statisticsSchema.parse(JSON.parse(JSON.stringify(statistics)));
}

/** Several processes that share the work have together done what one would have done. */
function checkSum(sum: (all: readonly Statistics[]) => Statistics): void {
  fc.assert(
    fc.property(fc.array(work, { minLength: 1, maxLength: 4 }), (works) => {
      expect(sum(works.map((each) => reported(done([each]))))).toEqual(done(works));
    }),
  );
}

test('the statistics of several processes add up to those of one that did it all', () => {
  checkSum(sumStatistics);
});

test('a sum that loses a call is caught', () => {
  const losing = (all: readonly Statistics[]) => {
    const sum = sumStatistics(all);
    return { ...sum, calls: sum.calls.map((row) => ({ ...row, calls: Math.min(row.calls, 3) })) };
  };
  expect(() => checkSum(losing)).toThrow('Property failed');
});

test('a sum that keeps the buckets of one process only is caught', () => {
  const losing = (all: readonly Statistics[]) => {
    const sum = sumStatistics(all);
    const [first] = all;
    const bucketsIn = (tier: string, verb: string) =>
      first?.calls.find((row) => row.tier === tier && row.verb === verb)?.buckets ?? [];
    return { ...sum, calls: sum.calls.map((row) => ({ ...row, buckets: bucketsIn(row.tier, row.verb) })) };
  };
  expect(() => checkSum(losing)).toThrow('Property failed');
});
