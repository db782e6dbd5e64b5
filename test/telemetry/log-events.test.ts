import { beforeEach, describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { logEvents } from '../../src/telemetry/log-events.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let events: Events;
let lines: { level: string; msg: string; [field: string]: unknown }[];
let stop: () => void;

function listen(level: 'info' | 'debug' = 'info') {
  clock = new FakeClock();
  events = new Events();
  lines = [];
  const logger = createLogger({
    about: { version: '1.2.3', role: 'worker' },
    options: { level, format: 'json' },
    to: { write: (text) => lines.push(JSON.parse(text)) },
    isTTY: false,
    colour: false,
    now: () => clock.now(),
  });
  stop = logEvents({ events, logger, clock });
}

const messages = () => lines.map(({ level, msg }) => `${level} ${msg}`);

describe('logging of events', () => {
  beforeEach(() => listen());

  test('writes keys that ended as one line per source and window', async () => {
    for (let i = 0; i < 3; i += 1) {
      events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 100, unchanged: 1 } });
    }
    events.emit('keys:ended', { source: 'quote', run: 'r1', outcomes: { failed: 2 } });
    expect(lines).toEqual([]);
    await clock.advance(5_000);
    expect(messages()).toEqual(['info quote: 300 warmed, 3 unchanged', 'info quote: 2 failed (run r1)']);
    await clock.advance(60_000);
    expect(lines).toHaveLength(2);
  });

  test('tells what an outage of Redis repeated before it says that Redis is back, at that time', async () => {
    const where = 'the Redis for jobs at redis://h';
    for (let i = 0; i < 3; i += 1) events.emit('problem', { where, error: new Error('nothing listens') });
    await clock.advance(1_000);
    events.emit('redis:recovered', { where });
    expect(messages()).toEqual([
      `error ${where}: nothing listens`,
      `error ${where}: nothing listens (2 more in the last 10s)`,
      `info ${where}: it answers again`,
    ]);
    await clock.advance(60_000);
    expect(lines).toHaveLength(3);
  });

  test('says once an hour that a pause takes the times of a schedule, and of each time that nobody wanted to be skipped', async () => {
    const skip = (reason: 'paused' | 'missed', nominal: number, schedule = 'hot') =>
      events.emit('schedule:skipped', { schedule, nominal, from: nominal, count: 1, reason });
    const said = (at: number) => `schedule hot skipped its tick of 1970-01-01T00:00:00.00${at}Z`;
    for (let i = 1; i < 10; i += 1) skip('paused', i);
    skip('paused', 1, 'cold');
    expect(messages()).toEqual([`info ${said(1)}: paused`, `info ${said(1).replace('hot', 'cold')}: paused`]);
    await clock.advance(3_600_000);
    skip('paused', 1);
    events.emit('schedule:tick', { schedule: 'hot', nominal: 0, late: false, behind: 40 });
    skip('paused', 2);
    for (const nominal of [1, 2, 3]) skip('missed', nominal);
    events.emit('schedule:skipped', { schedule: 'hot', nominal: 9, from: 1, count: 1_000, reason: 'missed' });
    expect(messages().slice(2)).toEqual([
      `info ${said(9)}: paused (8 more in the last 1h)`,
      `info ${said(1)}: paused (1 more in the last 1h)`,
      `info ${said(2)}: paused`,
      ...[1, 2, 3].map((nominal) => `warn ${said(nominal)}: missed`),
      `warn schedule hot skipped 1000 ticks from 1970-01-01T00:00:00.001Z to 1970-01-01T00:00:00.009Z: missed`,
    ]);
  });

  test('writes the keys of a run before the end of the run', () => {
    events.emit('run:created', { run: 'r1', selector: '', schedule: 'nightly' });
    events.emit('keys:ended', { source: 'quote', run: 'r1', outcomes: { warmed: 5 } });
    events.emit('run:ended', { run: 'r1', reason: 'finished' });
    expect(messages()).toEqual([
      'info run r1 created by schedule nightly: everything',
      'info quote: 5 warmed (run r1)',
      'info run r1 ended: finished',
    ]);
  });

  test('writes a repeated problem once per ten seconds and counts the rest', async () => {
    const flood = (times: number) => {
      for (let i = 0; i < times; i += 1) events.emit('problem', { where: 'bus', error: new Error('gone') });
    };
    flood(1_000);
    expect(messages()).toEqual(['error bus: gone']);
    await clock.advance(10_000);
    expect(messages().slice(1)).toEqual(['error bus: gone (999 more in the last 10s)']);
    flood(2);
    stop();
    expect(messages().slice(2)).toEqual(['error bus: gone (2 more in the last 10s)']);
  });

  test('reports entries that were reencrypted', () => {
    events.emit('tier:reencrypted', { tier: 'redis', keys: 20_000 });
    expect(messages()).toEqual(['info tier redis: 20,000 entries encrypted with the current key']);
  });

  test('treats problems that differ only in numbers and quoted names as one', () => {
    for (let i = 0; i < 50; i += 1) {
      events.emit('key:failed', { source: 'quote', key: `quote:${i}`, reason: `"quote:${i}": status 500` });
    }
    events.emit('key:failed', { source: 'quote', key: 'quote:1', reason: 'connection refused' });
    expect(messages()).toEqual([
      'warn quote: a key failed for good: "quote:0": status 500',
      'warn quote: a key failed for good: connection refused',
    ]);
  });

  test('tells an origin that says something else each time as some lines, and then one per window, and no other origin less', async () => {
    const letters = (i: number) => String.fromCodePoint(0x4e00 + i);
    const fail = (origin: string, reason: string) =>
      events.emit('origin:call', { origin, source: 's', keys: 1, ms: 1, result: 'permanent', reason });
    for (let i = 0; i < 1_000; i += 1) fail('odd', letters(i));
    fail('other', 'gone');
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)?.msg).toBe('origin other: a call for s was rejected: gone');
    for (let window = 0; window < 6; window += 1) {
      for (let i = 0; i < 100; i += 1) fail('odd', letters(2_000 + window * 100 + i));
      await clock.advance(10_000);
    }
    expect(lines.slice(22).map(({ msg, repeats }) => [msg.slice(-29), repeats])).toEqual([
      ['(1,079 others in the last 10s)'.slice(-29), 1_079],
      ...Array(5).fill(['(100 others in the last 10s)'.padStart(29), 100]),
    ]);
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  test('writes the twenty largest of the sources and runs whose keys ended, and the others as one line', async () => {
    for (let i = 1; i <= 100; i += 1)
      events.emit('keys:ended', { source: `s${i}`, outcomes: { warmed: i, failed: 1 } });
    await clock.advance(5_000);
    expect(lines).toHaveLength(21);
    expect(messages().slice(-2)).toEqual([
      'info s100: 100 warmed, 1 failed',
      'info 80 other sources and runs: 3240 warmed, 80 failed',
    ]);
  });

  test('bounds what it remembers when every problem is different', async () => {
    const letters = (i: number) => String.fromCodePoint(0x4e00 + i);
    for (let i = 0; i < 5_000; i += 1) events.emit('problem', { where: letters(i), error: new Error('x') });
    expect(lines.length).toBeLessThan(210);
    expect(clock.timers).toBeLessThan(210);
    await clock.advance(20_000);
    expect(clock.timers).toBe(0);
  });

  test('names the remedy of an error of ours', () => {
    events.emit('problem', {
      where: 'worker',
      error: new ForewarmError('E_REDIS_UNAVAILABLE', 'redis://h:6379 does not answer'),
    });
    expect(lines[0]?.msg).toContain('E_REDIS_UNAVAILABLE: Check `redis.jobs`');
  });

  test('shows pauses and breakers as warnings, and recovery as information', () => {
    events.emit('budget:pause', { origin: 'markets', until: clock.now() + 2_000, reason: '429' });
    events.emit('budget:lowered', { origin: 'markets', rate: 35, permits: 5, reason: 'slow down' });
    events.emit('budget:restored', { origin: 'markets', since: clock.now() });
    events.emit('tier:breaker', { tier: 'redis', of: 'writes', state: 'open', reason: 'timeout' });
    events.emit('tier:breaker', { tier: 'redis', of: 'writes', state: 'closed', reason: '' });
    expect(messages()).toEqual([
      'warn origin markets is paused for 2.0s: 429',
      'warn origin markets is lowered to 5 calls at a time and 35.0 calls a second: slow down',
      'info origin markets bears its configured limits again',
      'warn tier redis: no writes for a while: timeout',
      'info tier redis: writes have recovered',
    ]);
  });

  test('reports that the version of a source has moved', () => {
    events.emit('source:moved', { source: 'profile', from: '"1"', to: '"2"' });
    expect(messages()).toEqual(['info profile: its version moved, and every key is refreshed']);
  });

  test('says once of a source that what its origin says of values cannot be used', () => {
    for (const key of ['a', 'b']) {
      for (const source of ['profile', 'quote']) {
        events.emit('metadata:unusable', { source, key, reason: `its ETag of ${key} is empty` });
      }
    }
    expect(messages()).toEqual([
      'warn profile: values are kept, but not all that their origin says of them: its ETag of a is empty',
      'warn quote: values are kept, but not all that their origin says of them: its ETag of a is empty',
    ]);
  });

  test('warns of a job that did not end well, and says what happens next', () => {
    const job = { kind: 'prefetch', id: '1', lane: 'markets', ms: 3 };
    events.emit('job:ended', { ...job, ending: 'retry', reason: 'timeout' });
    events.emit('job:ended', { ...job, ending: 'lost' });
    expect(messages()).toEqual([
      'warn a prefetch job failed and will be retried: timeout',
      'warn a prefetch job was lost to another worker',
    ]);
  });

  test('keeps ticks, jobs and calls for the debug level', () => {
    const everyday = () => {
      events.emit('schedule:tick', { schedule: 'hot', nominal: 0, late: false, behind: 40 });
      events.emit('job:started', { kind: 'refresh', id: '1', lane: 'markets', attempt: 1 });
      events.emit('job:ended', { kind: 'refresh', id: '1', lane: 'markets', ms: 3, ending: 'done' });
      events.emit('origin:call', { origin: 'markets', source: 'quote', keys: 1, ms: 2, result: 'ok' });
    };
    everyday();
    expect(lines).toEqual([]);
    listen('debug');
    everyday();
    expect(lines).toHaveLength(4);
  });

  test('writes nothing after it has stopped', () => {
    stop();
    events.emit('run:ended', { run: 'r1', reason: 'finished' });
    expect(lines).toEqual([]);
  });
});
