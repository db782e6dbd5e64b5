import { describe, expect, test } from 'vitest';
import { OriginError } from '../../../src/core/errors.ts';
import type { CallResult } from '../../../src/warming/calls/call-result.ts';
import type { AnyJobs } from '../../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { bodyOf, failing, ScriptedOrigin } from '../../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { until } from '../../support/waiting.ts';
import { NEVER } from '../warm.steps.ts';

const SOURCE = sourceWith();
const QUOTE = sourceWith({ name: 'quote', origin: 'ticker' });
const REQUEST = { key: 'profile:m0', params: { market: 'm0' }, known: undefined };
/** What the ledger grants nothing for is put off soon. */
const patienceMs = 50;

function call({ originCaller }: AnyJobs, source = SOURCE, signal = NEVER): Promise<CallResult> {
  return originCaller.call({ source, user: 'run', signal }, [REQUEST]);
}

/** One call for each of so many different keys, one after the other; what came of the last. */
async function callMany(jobs: AnyJobs, count: number): Promise<CallResult> {
  const calls = keysOf(count).map(async (key, i) => {
    const request = { key, params: { market: `m${i}` }, known: undefined };
    return jobs.originCaller.call({ source: SOURCE, user: 'run', signal: NEVER }, [request]);
  });
  const results = await Promise.all(calls);
  return results.at(-1) ?? (await call(jobs));
}

function told({ log }: AnyJobs): unknown[] {
  return log.seen.flatMap(({ name, payload }) => (name === 'origin:call' ? [payload] : []));
}

describe('a call that is answered', () => {
  test('brings the answers and the stamp of its permit, which goes back', async () => {
    const jobs = buildJobs();
    const before = jobs.clock.now() * 1_000;
    const result = await call(jobs);
    expect(result).toMatchObject({ kind: 'answered', answers: [{ kind: 'body' }] });
    expect(result.kind === 'answered' && result.stamp >= before).toBe(true);
    expect(jobs.ledger).toMatchObject({ given: 1, out: 0 });
    expect(told(jobs)).toEqual([{ origin: 'markets', source: 'profile', keys: 1, ms: 0, result: 'ok' }]);
  });

  test('has a stamp from before the origin was asked', async () => {
    const jobs = buildJobs();
    const held = jobs.origin.hold();
    const calling = call(jobs);
    await held.arrived();
    const during = await jobs.ledger.stamp('markets');
    held.release();
    expect(await calling).toMatchObject({ stamp: expect.any(Number) });
    const result = await calling;
    expect(result.kind === 'answered' && result.stamp < during).toBe(true);
  });
});

describe('a budget that grants nothing soon', () => {
  test('has the work put off until it does, and the origin is not asked', async () => {
    const jobs = buildLiveJobs({ patienceMs });
    const paused = jobs.clock.now() + 60_000;
    await jobs.ledger.pause('markets', paused, 'maintenance');
    const result = await call(jobs);
    expect(result).toMatchObject({ kind: 'deferred', reason: expect.stringContaining('maintenance') });
    expect(result.kind === 'deferred' && Math.abs(result.until - paused)).toBeLessThan(1_000);
    expect(jobs.origin.calls).toEqual([]);
  });
});

describe('an origin that asks for fewer calls', () => {
  test('is left alone until the time it named, by every process; others are called as before', async () => {
    const ticker = new ScriptedOrigin('ticker');
    const origin = new ScriptedOrigin('markets');
    const jobs = buildLiveJobs({ patienceMs, origins: [origin, ticker], sources: [SOURCE, QUOTE] });
    const retryAt = jobs.clock.now() + 30_000;
    origin.answer(failing('throttled', '429', retryAt));
    expect(await call(jobs)).toMatchObject({ kind: 'deferred', until: retryAt, reason: '429' });
    expect(await jobs.ledger.state('markets')).toMatchObject({ pausedUntil: retryAt, pauseReason: '429' });
    expect(await call(jobs)).toMatchObject({ kind: 'deferred' });
    expect(origin.calls).toHaveLength(1);
    expect(await call(jobs, QUOTE)).toMatchObject({ kind: 'answered' });
    expect((await jobs.ledger.state('ticker')).pausedUntil).toBe(0);
    expect(jobs.ledger.out).toBe(0);
  });

  test.each([
    ['without a time', undefined, 500],
    ['until a time that has passed', -5_000, 500],
    ['until now', 0, 500],
    ['for a day', 86_400_000, 600_000],
    ['for a minute', 60_000, 60_000],
  ])(
    '%s puts its keys off for so long, and not beyond the time at which it is given up on',
    async (_, named, ms) => {
      const jobs = buildJobs({ random: () => 0 });
      const now = jobs.clock.now();
      jobs.origin.answer(failing('throttled', '429', named === undefined ? undefined : now + named));
      expect(await call(jobs)).toMatchObject({ kind: 'deferred', until: now + ms, reason: '429' });
    },
  );
});

describe('an origin that says nothing but "slow down"', () => {
  test('for as long as an outage may last is given up on: its keys fail, until it answers again', async () => {
    const jobs = buildLiveJobs({ patienceMs, random: () => 0, outage: 200 });
    jobs.origin.answer(failing('throttled', '429'));
    expect(await call(jobs)).toMatchObject({ kind: 'deferred', reason: '429' });
    const givenUp = (result: CallResult) => result.kind === 'failed' && result.permanent;
    await until('given up', () => call(jobs), givenUp);
    expect(jobs.origin.calls).toHaveLength(1);
    jobs.origin.answer(() => [bodyOf('1')]);
    await until(
      'an answer',
      () => call(jobs),
      ({ kind }) => kind === 'answered',
    );
  });

  test('is given up on at once when the quota is used up', async () => {
    const jobs = buildLiveJobs({ patienceMs });
    jobs.origin.answer(() => {
      throw new OriginError('permanent', 'insufficient_quota', { quotaSpent: true });
    });
    const failed = { kind: 'failed', permanent: true };
    expect(await call(jobs)).toMatchObject({ ...failed, reason: 'insufficient_quota' });
    expect(await call(jobs)).toMatchObject(failed);
    expect(jobs.origin.calls).toHaveLength(1);
  });
});

test('a ban is met by four calls of a process, however many wait; no key loses an attempt', async () => {
  const jobs = buildLiveJobs({ patienceMs, budget: { rate: undefined, concurrency: 50 } });
  const retryAt = jobs.clock.now() + 60_000;
  jobs.origin.answer(failing('throttled', '403', retryAt));
  const results = await Promise.all(Array.from({ length: 40 }, () => call(jobs)));
  expect(jobs.origin.calls.length).toBeLessThanOrEqual(4);
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['deferred']));
  expect(jobs.ledger.out).toBe(0);
});

describe('a value that is not ready', () => {
  const notReady = (jobs: AnyJobs, ms: number, at: number[]) =>
    jobs.origin.answer(() => {
      at.push(jobs.clock.now());
      throw new OriginError('retryable', '202', { retryAt: jobs.clock.now() + ms });
    });

  test('is asked for again after the time that was named, and says nothing against its origin', async () => {
    const jobs = buildJobs({ random: () => 0 });
    const at: number[] = [];
    notReady(jobs, 2_000, at);
    const began = jobs.clock.now();
    const result = await drive(jobs.clock, call(jobs), 10);
    expect(result).toMatchObject({ kind: 'failed', permanent: false, reason: '202' });
    expect(at.map((time) => time - began)).toEqual([0, 2_000, 4_000]);
    for (let i = 0; i < 5; i += 1) await drive(jobs.clock, call(jobs), 10);
    expect((await jobs.ledger.state('markets')).pausedUntil).toBe(0);
  });

  test('is put off when that is far away', async () => {
    const jobs = buildJobs();
    const at: number[] = [];
    notReady(jobs, 60_000, at);
    expect(await call(jobs)).toMatchObject({ kind: 'failed', permanent: false });
    expect(at).toHaveLength(1);
  });
});

test('each call is reported to the ledger, by what it says of the load of its origin', async () => {
  const jobs = buildJobs();
  const fail = (kind: 'throttled' | 'retryable' | 'permanent', at?: number) => failing(kind, kind, at);
  await call(jobs);
  jobs.origin.answer(fail('permanent'));
  await call(jobs);
  jobs.origin.answer(fail('retryable'));
  await drive(jobs.clock, call(jobs), 10);
  jobs.origin.answer(fail('throttled', jobs.clock.now() + 1_000));
  await call(jobs);
  const calls = async () => (await jobs.ledger.state('markets')).calls;
  await until('all are reported', calls, ({ ok, throttled, failed }) => ok + throttled + failed === 6);
  expect(await calls()).toMatchObject({ ok: 2, throttled: 1, failed: 3 });
});

describe('a call without an answer', () => {
  test('is tried three times, each with a permit of its own, with back-off in between', async () => {
    const jobs = buildJobs();
    const began = jobs.clock.now();
    const at: number[] = [];
    jobs.origin.answer((requests, source, signal) => {
      at.push(jobs.clock.now() - began);
      return failing('retryable', 'timed out')(requests, source, signal);
    });
    const result = await drive(jobs.clock, call(jobs), 10);
    expect(result).toMatchObject({ kind: 'failed', permanent: false, reason: 'timed out' });
    expect(at).toEqual([0, 200, 600]);
    expect(jobs.ledger).toMatchObject({ given: 3, out: 0 });
    expect(told(jobs)).toMatchObject([{ result: 'retryable', reason: 'timed out' }, {}, {}]);
  });

  test('that is answered at the second try is answered', async () => {
    const jobs = buildJobs();
    jobs.origin.answer((requests, source, signal) =>
      jobs.origin.calls.length === 1
        ? failing('retryable', 'timed out')(requests, source, signal)
        : [bodyOf('1')],
    );
    expect(await drive(jobs.clock, call(jobs))).toMatchObject({ kind: 'answered' });
    expect(jobs.ledger.given).toBe(2);
  });

  test('holds no permit while it waits for its next try', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
    jobs.origin.answer(failing('retryable', 'timed out'));
    const calling = call(jobs);
    await until(
      'the back-off',
      async () => jobs.clock.timers,
      (timers) => timers > 0,
    );
    expect(jobs.ledger.out).toBe(0);
    await drive(jobs.clock, calling);
  });
});

describe('a call that is refused for good', () => {
  test.each([
    ['by the origin', failing('permanent', 'the origin answered 404'), 'the origin answered 404'],
    [
      'by a broken origin',
      () => {
        throw new TypeError('undefined is not a function');
      },
      'undefined is not a function',
    ],
  ])('%s is not tried again', async (_, script, reason) => {
    const jobs = buildJobs();
    jobs.origin.answer(script);
    expect(await call(jobs)).toMatchObject({ kind: 'failed', permanent: true, reason });
    expect(jobs.ledger).toMatchObject({ given: 1, out: 0 });
  });
});

describe('an outage', () => {
  test('pauses the origin for everybody after calls for five keys, and costs the keys no attempt', async () => {
    const jobs = buildLiveJobs({ patienceMs, random: () => 0 });
    jobs.origin.answer(failing('retryable', 'down'));
    expect(await call(jobs)).toMatchObject({ kind: 'failed', permanent: false });
    // The last of them may have met the pause.
    expect(await callMany(jobs, 6)).toMatchObject({
      kind: 'deferred',
      reason: expect.stringMatching(/down$/),
    });
    const { length } = jobs.origin.calls;
    const { pausedUntil, pauseReason } = await jobs.ledger.state('markets');
    expect(pausedUntil).toBeGreaterThan(Date.now());
    expect(pauseReason).toBe('down');
    expect(await call(jobs)).toMatchObject({ kind: 'deferred' });
    expect(jobs.origin.calls).toHaveLength(length);
  });

  test('of one key, or of a call for many that is cut, is none', async () => {
    const jobs = buildLiveJobs({ patienceMs, random: () => 0 });
    jobs.origin.answer(failing('retryable', 'down'));
    for (let i = 0; i < 5; i += 1)
      expect(await call(jobs)).toMatchObject({ kind: 'failed', permanent: false });
    expect((await jobs.ledger.state('markets')).pausedUntil).toBe(0);
  });

  test('is noticed with the first five calls where nothing connects, whatever the key', async () => {
    const jobs = buildLiveJobs({ patienceMs, random: () => 0 });
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    jobs.origin.answer(() => {
      throw new OriginError('retryable', 'not there', { cause: refused });
    });
    expect(await call(jobs)).toMatchObject({ kind: 'failed', divisible: false });
    expect(await call(jobs)).toMatchObject({ kind: 'deferred', reason: 'not there' });
    expect(jobs.origin.calls).toHaveLength(5);
  });

  test('that lasts is given up on: keys fail instead of waiting, until the origin answers again', async () => {
    const jobs = buildLiveJobs({ patienceMs, random: () => 0, outage: 0 });
    jobs.origin.answer(failing('retryable', 'down'));
    await callMany(jobs, 6);
    await until(
      'given up',
      () => call(jobs),
      (result) => result.kind === 'failed' && result.permanent,
    );
    const { length } = jobs.origin.calls;
    expect(await call(jobs)).toMatchObject({ kind: 'failed', permanent: true });
    expect(jobs.origin.calls).toHaveLength(length);
    jobs.origin.answer(() => [bodyOf('1')]);
    const back = await until(
      'an answer',
      () => call(jobs),
      ({ kind }) => kind === 'answered',
    );
    expect(back.kind).toBe('answered');
    expect(jobs.ledger.out).toBe(0);
  });
});

describe('an abort', () => {
  test('rejects with its reason while the call is under way, and the permit goes back', async () => {
    const jobs = buildJobs();
    const stopping = new AbortController();
    const held = jobs.origin.hold();
    const calling = call(jobs, SOURCE, stopping.signal);
    await held.arrived();
    expect(jobs.ledger.out).toBe(1);
    stopping.abort(new Error('stop'));
    await expect(calling).rejects.toThrow('stop');
    expect(jobs.ledger.out).toBe(0);
    expect(told(jobs)).toEqual([]);
  });

  test('rejects with its reason while it waits for a permit', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 1 } });
    const held = jobs.origin.hold();
    const first = call(jobs);
    await held.arrived();
    const stopping = new AbortController();
    const second = call(jobs, SOURCE, stopping.signal);
    stopping.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    held.release();
    await first;
    expect(jobs.origin.calls).toHaveLength(1);
    expect(jobs.ledger.out).toBe(0);
  });

  test('rejects with its reason during back-off', async () => {
    const jobs = buildJobs();
    const stopping = new AbortController();
    jobs.origin.answer(failing('retryable', 'timed out'));
    const calling = call(jobs, SOURCE, stopping.signal);
    await until(
      'the back-off',
      async () => jobs.clock.timers,
      (timers) => timers > 0,
    );
    stopping.abort(new Error('stop'));
    await expect(calling).rejects.toThrow('stop');
    expect(jobs.origin.calls).toHaveLength(1);
  });
});

test('a source whose origin is not there is an error of ours, not of the key', async () => {
  const jobs = buildJobs();
  await expect(call(jobs, QUOTE)).rejects.toThrow('"quote" has no origin "ticker"');
});
