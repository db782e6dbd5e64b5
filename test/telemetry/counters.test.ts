import { expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { Counters } from '../../src/telemetry/counters.ts';

test('counters add up what a process did, by source, origin, tier and job kind', () => {
  const events = new Events();
  const counters = new Counters();
  counters.start(events);
  events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 2, failed: 1 } });
  events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 3 } });
  events.emit('keys:ended', { source: 'profile', run: 'r', outcomes: { unchanged: 1 } });
  events.emit('origin:call', { origin: 'm', source: 'quote', keys: 5, ms: 10, result: 'ok' });
  events.emit('origin:call', { origin: 'm', source: 'quote', keys: 1, ms: 7, result: 'ok' });
  events.emit('tier:call', { tier: 'redis', verb: 'put', keys: 6, ms: 1, ok: false });
  events.emit('job:ended', { kind: 'refresh', id: '1', lane: 'm', ms: 4, ending: 'done' });
  events.emit('tier:corrupt', { tier: 'disk', key: 'k', reason: 'crc' });
  expect(counters.snapshot()).toEqual({
    keys: countsOf({ warmed: 5, failed: 1, unchanged: 1 }),
    sources: { quote: countsOf({ warmed: 5, failed: 1 }), profile: countsOf({ unchanged: 1 }) },
    originCalls: { 'm ok': { calls: 2, keys: 6, ms: 17 } },
    tierCalls: { 'redis put failed': { calls: 1, keys: 6, ms: 1 } },
    jobs: { 'refresh done': { calls: 1, keys: 0, ms: 4 } },
    corrupt: 1,
    problems: 0,
  });
});

test('a snapshot stands still and a stopped counter counts nothing', () => {
  const events = new Events();
  const counters = new Counters();
  counters.start(events);
  const before = counters.snapshot();
  events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 2 } });
  counters.stop();
  events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 2 } });
  expect(before.keys.warmed).toBe(0);
  expect(counters.snapshot().keys.warmed).toBe(2);
});
