import { describe, expect, test } from 'vitest';
import { sumOfCalls } from '../../src/core/call-record.ts';
import { OriginError } from '../../src/core/errors.ts';
import { HistoryReporter } from '../../src/warming/history-reporter.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { drive } from '../support/fake-clock.ts';
import { bodyOf, failing, ScriptedOrigin } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { warm } from './warm.steps.ts';

const HOUR = 3_600_000;

describe('the history of calls', () => {
  test('has the calls, the keys and the bytes of what was warmed, with the tries that failed', async () => {
    const source = sourceWith({ keysPerCall: 4 });
    const jobs = buildJobs({ sources: [source] });
    const reporter = new HistoryReporter(jobs);
    let failures = 2;
    jobs.origin.answer((requests) => {
      if (failures-- > 0) throw new OriginError('retryable', 'no answer');
      return requests.map(({ key }) => bodyOf(`"${key}"`));
    });
    await drive(jobs.clock, warm(jobs, { keys: keysOf(10) }));
    await reporter.flush();
    const sum = sumOfCalls(await jobs.callHistory.of('profile'));
    expect(sum).toMatchObject({ keys: 10, planned: 3, values: 10, bytes: 120 });
    expect(sum.calls).toBe(jobs.origin.calls.length);
    expect(sum.took.reduce((all, [, count]) => all + count, 0)).toBe(sum.calls);
  });

  test('is told of an hour as a whole, again and again, and counts nothing twice', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(2) });
    await reporter.flush();
    await warm(jobs, { keys: keysOf(3), options: { reason: 'force' } });
    await jobs.clock.advance(6_000);
    await reporter.flush();
    expect((await jobs.callHistory.of('profile')).map(({ keys }) => keys)).toEqual([5]);
    await jobs.clock.advance(HOUR);
    await warm(jobs, { keys: keysOf(1), options: { reason: 'force' } });
    await reporter.flush();
    expect((await jobs.callHistory.of('profile')).map(({ keys }) => keys)).toEqual([5, 1]);
  });

  test('keeps what was seen at the end of an hour, also where the next one begins before it is reported', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    await jobs.clock.advance(HOUR - (jobs.clock.now() % HOUR) - 1_000);
    await warm(jobs, { keys: keysOf(2) });
    await jobs.clock.advance(2_000);
    await warm(jobs, { keys: keysOf(1), options: { reason: 'force' } });
    await reporter.flush();
    expect((await jobs.callHistory.of('profile')).map(({ keys }) => keys)).toEqual([2, 1]);
  });

  test('counts no key of a task that is put off, which asks for them again later, and counts its calls', async () => {
    const source = sourceWith({ keysPerCall: 4 });
    const jobs = buildJobs({ sources: [source] });
    const reporter = new HistoryReporter(jobs);
    jobs.origin.answer(failing('throttled', 'slow down', jobs.clock.now() + 1_000));
    const { deferred } = await drive(jobs.clock, warm(jobs, { keys: keysOf(8) }));
    expect(deferred).toBeDefined();
    await reporter.flush();
    const { keys, planned, calls } = sumOfCalls(await jobs.callHistory.of('profile'));
    expect([keys, planned]).toEqual([0, 0]);
    expect(calls).toBe(jobs.origin.calls.length);
  });

  test('tells bodies that came though the origin might have said "unchanged" from those of new keys', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    let etag = 'a';
    jobs.origin.answerEach(({ key, known }) =>
      known?.etag === etag ? { kind: 'unchanged' } : bodyOf(`"${key}"`, { etag }),
    );
    const record = async (keys: number) => {
      await warm(jobs, { keys: keysOf(keys), options: { reason: 'force' } });
      await reporter.flush();
      const { values, unchanged, renewed, renewedBytes } = sumOfCalls(await jobs.callHistory.of('profile'));
      return { values, unchanged, renewed, renewedBytes };
    };
    expect(await record(2)).toEqual({ values: 2, unchanged: 0, renewed: 0, renewedBytes: 0 });
    expect(await record(3)).toEqual({ values: 3, unchanged: 2, renewed: 0, renewedBytes: 0 });
    etag = 'b';
    expect(await record(4)).toMatchObject({ values: 7, unchanged: 2, renewed: 3, renewedBytes: 36 });
  });

  test('has nothing of keys that needed no call', async () => {
    const jobs = buildJobs({ origins: [new ScriptedOrigin()] });
    await warm(jobs, { keys: keysOf(2) });
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(2) });
    await reporter.flush();
    expect(await jobs.callHistory.of('profile')).toEqual([]);
  });
});
