/** How runs went, on real servers: what their calls took, and what is new against the run before. */
import { describe, expect, test } from 'vitest';
import type { RunPlan } from '../../../src/catalog/runs/runs.ts';
import { sumOfCalls } from '../../../src/core/call-record.ts';
import { OriginError } from '../../../src/core/errors.ts';
import { PENDING_CODE } from '../../../src/core/outcome.ts';
import { callFigures, exactly } from '../../../src/policy/estimate.ts';
import { redisKeys } from '../../../src/redis/keys.ts';
import { HistoryReporter } from '../../../src/warming/history-reporter.ts';
import { current, doJob } from '../../jobs/run.steps.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { bodyOf, ScriptedOrigin } from '../../support/scripted-origin.ts';
import { marketsCsv, sourceWith } from '../../support/sources.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { request, verbsOf } from '../verbs.steps.ts';

/** An origin that refuses some keys. */
function buildRuns(count = 8, attempts = 1) {
  const bad = new Set<string>();
  const origin = new ScriptedOrigin();
  const jobs = buildJobs({
    sources: [sourceWith({ keysPerCall: 2 })],
    entities: { markets: marketsCsv(count) },
    origins: [origin],
    attempts,
  });
  origin.answerEach(({ key }) =>
    bad.has(key) ? { kind: 'error', error: new OriginError('permanent', 'no') } : bodyOf(`"${key}"`),
  );
  return { jobs, bad };
}

async function ran(jobs: Jobs, change: Parameters<typeof request>[0] = {}): Promise<string> {
  await jobs.clock.advance(1_000);
  const { run } = await verbsOf(jobs).warm(request({ force: true, ...change }), 'api');
  await jobs.planner.plan(run.id, NEVER);
  const { chunks } = await current(jobs, run.id);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk, attempt: 1 }));
  }
  await drive(jobs.clock, doJob(jobs, { step: 'verify', run: run.id }));
  return run.id;
}

const keysOf = ({ keys }: { readonly keys: readonly { readonly key: string }[] }) =>
  keys.map(({ key }) => key);

describe('the report of a run', () => {
  test('has the calls, the bytes and the slowest keys, and says what went otherwise than planned', async () => {
    const { jobs } = buildRuns();
    const plan: RunPlan = {
      keys: 8,
      fetch: 6,
      calls: exactly(4),
      bytes: { low: 90, likely: 96, high: 100 },
      likely: exactly(5),
    };
    const id = await ran(jobs, { plan });
    const report = await verbsOf(jobs).runReport(id);
    expect(report.actual).toMatchObject({ keys: 8, fetch: 8, calls: 4, failed: 0, bytes: 96 });
    expect(report.compared.map(({ figure, is }) => [figure, is])).toEqual([
      ['keys', 'within'],
      ['fetch', 'more'],
      ['calls', 'within'],
      ['bytes', 'within'],
      ['duration', 'less'],
    ]);
    expect(report.sources).toMatchObject([{ source: 'profile', calls: 4 }]);
    expect(report.slow.length).toBeGreaterThan(0);
  });

  test('counts the calls of work that was begun again, and no key twice', async () => {
    const { jobs } = buildRuns(2, 2);
    await jobs.clock.advance(1_000);
    const { run } = await verbsOf(jobs).warm(request({}), 'api');
    await jobs.planner.plan(run.id, NEVER);
    jobs.origin.answer(() => {
      throw new OriginError('retryable', 'no answer');
    });
    for (const attempt of [1, 2])
      await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk: 0, attempt }));
    const { actual } = await verbsOf(jobs).runReport(run.id);
    expect(actual).toMatchObject({ keys: 2, fetch: 2, bytes: 0, duration: null });
    expect(actual.calls).toBe(jobs.origin.calls.length);
    expect(actual.failed).toBe(actual.calls);
  });

  test('counts the keys of a job once that is tried again, so that a key needs the calls that it took', async () => {
    const { jobs } = buildRuns(4, 2);
    const reporter = new HistoryReporter(jobs);
    await jobs.clock.advance(1_000);
    const { run } = await verbsOf(jobs).warm(request({}), 'api');
    await jobs.planner.plan(run.id, NEVER);
    const { chunks } = await current(jobs, run.id);
    expect(chunks).toBe(1);
    // Of two calls of two keys each, the first fails until its job of its own.
    jobs.origin.answer((requests) => {
      if (requests.some(({ key }) => key === 'profile:m0')) throw new OriginError('retryable', 'no answer');
      return requests.map(({ key }) => bodyOf(`"${key}"`));
    });
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk: 0, attempt: 1 }));
    const first = jobs.origin.calls.length;
    jobs.origin.answerEach(({ key }) => bodyOf(`"${key}"`));
    const { outcomes = '' } = (await jobs.runs.chunk(run.id, 0)) ?? {};
    const indexes = [...outcomes].flatMap((code, index) => (code === PENDING_CODE ? [index] : []));
    expect(indexes.length).toBeGreaterThan(0);
    await drive(jobs.clock, doJob(jobs, { step: 'warm', run: run.id, chunk: 0, indexes, attempt: 2 }));
    await reporter.flush();
    const calls = jobs.origin.calls.length;
    expect(calls).toBeGreaterThan(first);
    const seen = sumOfCalls(await jobs.callHistory.of('profile'));
    expect(seen).toMatchObject({ keys: 4, planned: 2, calls });
    expect(callFigures([seen])?.tries.likely).toBe(calls / 2);
    expect((await verbsOf(jobs).runReport(run.id)).actual).toMatchObject({ fetch: 4, calls });
  });
});

describe('the diff of two runs', () => {
  test('tells what fails and did not, what still does, and what recovered, with the reasons', async () => {
    const { jobs, bad } = buildRuns();
    for (const key of ['profile:m0', 'profile:m1']) bad.add(key);
    const first = await ran(jobs);
    bad.delete('profile:m0');
    bad.add('profile:m5');
    const second = await ran(jobs);
    const diff = await verbsOf(jobs).diffRuns(second);
    expect(diff.to).toBe(first);
    expect(diff.newlyFailing).toEqual({ count: 1, keys: [{ key: 'profile:m5', reason: 'no' }] });
    expect(keysOf(diff.stillFailing)).toEqual(['profile:m1']);
    expect(keysOf(diff.recovered)).toEqual(['profile:m0']);
    expect([diff.came.count, diff.left.count]).toEqual([0, 0]);
    const redis = diff.coverage.find(({ tier }) => tier === 'redis');
    expect(redis).toEqual({ tier: 'redis', before: 6 / 8, after: 7 / 8 });
    const none = await verbsOf(jobs).diffRuns(second, first, 0);
    expect(none.newlyFailing).toEqual({ count: 1, keys: [] });
  });

  test('names sources whose calls became slower, and keys that were never as slow', async () => {
    const { jobs } = buildRuns(40);
    const wait = (slow: string, ms: number) =>
      jobs.origin.answer(async (requests) => {
        const own = requests.some(({ key }) => key === slow) ? ms * 50 : ms;
        await new Promise<void>((resolve) => void jobs.clock.after(own, resolve));
        return requests.map(({ key }) => bodyOf(`"${key}"`));
      });
    wait('', 10);
    await ran(jobs);
    wait('profile:m7', 30);
    const diff = await verbsOf(jobs).diffRuns(await ran(jobs));
    expect(diff.sources).toMatchObject([{ source: 'profile', slower: true }]);
    expect(diff.slowKeys.map(({ key }) => key)).toContain('profile:m7');
    expect(diff.slowKeys.length).toBeLessThanOrEqual(10);
  });

  test('names no key as newly slow that was slow before, nor one that took little longer than most', async () => {
    const { jobs } = buildRuns(40);
    const wait = (ms: Readonly<Record<string, number>>) =>
      jobs.origin.answer(async (requests) => {
        const own = Math.max(10, ...requests.map(({ key }) => ms[key] ?? 0));
        await new Promise<void>((resolve) => void jobs.clock.after(own, resolve));
        return requests.map(({ key }) => bodyOf(`"${key}"`));
      });
    wait({ 'profile:m38': 500 });
    await ran(jobs);
    wait({ 'profile:m38': 500, 'profile:m7': 500, 'profile:m17': 15 });
    const { slowKeys } = await verbsOf(jobs).diffRuns(await ran(jobs));
    const named = slowKeys.map(({ key }) => key);
    expect(named).toContain('profile:m7');
    expect(named).not.toContain('profile:m38');
    expect(named).not.toContain('profile:m17');
  });

  test('is to the last run of the same schedule or selector that has ended', async () => {
    const { jobs } = buildRuns(4);
    const first = await ran(jobs);
    await ran(jobs, { selector: 'source=profile' });
    await verbsOf(jobs).warm(request({}), 'api');
    // Of one that was stopped before its keys were known nothing can be said.
    await jobs.clock.advance(1_000);
    const { run: halted } = await verbsOf(jobs).warm(request({}), 'api');
    await verbsOf(jobs).stopRun(halted.id);
    const last = await ran(jobs);
    expect((await verbsOf(jobs).runReport(last)).last).toBe(first);
  });
});

describe('a key that failed before', () => {
  test('recovered only by a call, and not by what is stored of it still', async () => {
    const { jobs, bad } = buildRuns(6);
    await ran(jobs);
    // These have a value, which a forced run could not replace.
    for (const key of ['profile:m0', 'profile:m1']) bad.add(key);
    const failed = await ran(jobs);
    const later = await ran(jobs, { force: false });
    const diff = await verbsOf(jobs).diffRuns(later, failed);
    expect(keysOf(diff.unasked)).toEqual(['profile:m0', 'profile:m1']);
    expect(diff).toMatchObject({ recovered: { count: 0 }, excluded: { count: 0 } });
    bad.delete('profile:m0');
    const last = await verbsOf(jobs).diffRuns(await ran(jobs), failed);
    expect(keysOf(last.recovered)).toEqual(['profile:m0']);
  });

  test('and was absent long before is not recovered by that word', async () => {
    const { jobs } = buildRuns(2);
    jobs.origin.answerEach(() => ({ kind: 'absent' }));
    await ran(jobs);
    jobs.origin.answerEach(() => ({ kind: 'error', error: new OriginError('permanent', 'no') }));
    const failed = await ran(jobs);
    const diff = await verbsOf(jobs).diffRuns(await ran(jobs, { force: false }), failed);
    expect(diff).toMatchObject({ recovered: { count: 0 }, unasked: { count: 2 } });
    jobs.origin.answerEach(() => ({ kind: 'absent' }));
    const asked = await verbsOf(jobs).diffRuns(await ran(jobs), failed);
    expect(asked).toMatchObject({ recovered: { count: 2 }, unasked: { count: 0 } });
  });

  test('is listed as left alone while it is in quarantine, with the reason, and as not known in a run that goes on', async () => {
    const { jobs, bad } = buildRuns(4);
    bad.add('profile:m1');
    let failed = '';
    for (let i = 0; i < 12; i += 1) failed = await ran(jobs);
    const aside = await ran(jobs, { force: false });
    const page = await verbsOf(jobs).runFailures(aside);
    expect(page).toMatchObject({ total: 1, unlisted: 0, progress: { final: true } });
    expect(page.failures).toEqual([{ key: 'profile:m1', outcome: 'excluded', reason: 'in quarantine: no' }]);
    const diff = await verbsOf(jobs).diffRuns(aside, failed);
    expect(diff.excluded).toEqual({ count: 1, keys: [{ key: 'profile:m1', reason: 'no' }] });
    expect(diff.recovered.count).toBe(0);
    expect(await verbsOf(jobs).runFailures(await ran(jobs, { force: false, missing: true }))).toMatchObject({
      total: 0,
      unlisted: 1,
    });
    const { run } = await verbsOf(jobs).warm(request({}), 'api');
    expect(await verbsOf(jobs).diffRuns(run.id, aside)).toMatchObject({
      progress: { final: false, state: 'planning' },
      left: { count: 0 },
    });
    await jobs.planner.plan(run.id, NEVER);
    expect((await verbsOf(jobs).runFailures(run.id)).progress).toMatchObject({
      state: 'running',
      pending: 4,
    });
    await verbsOf(jobs).stopRun(run.id);
    expect((await verbsOf(jobs).runFailures(run.id)).progress).toMatchObject({
      ...{ final: false, endedReason: 'stopped', cancelled: 4 },
    });
  });
});

describe('the failures of a run', () => {
  test('are its own keys, each with the outcome and the reason, a page at a time over all chunks', async () => {
    const { jobs, bad } = buildRuns(600);
    const failing = ['profile:m3', 'profile:m200', 'profile:m201', 'profile:m599'];
    for (const key of failing) bad.add(key);
    const id = await ran(jobs);
    // What fails in another run is not of this one.
    bad.add('profile:m7');
    await ran(jobs);
    const all = await verbsOf(jobs).runFailures(id);
    expect(keysOf({ keys: all.failures }).toSorted()).toEqual(failing.toSorted());
    expect(new Set(all.failures.map(({ outcome, reason }) => `${outcome}: ${reason}`))).toEqual(
      new Set(['failed: no']),
    );
    expect(all).toMatchObject({ run: id, total: 4, cursor: null });
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await verbsOf(jobs).runFailures(id, 1, cursor);
      expect(page.failures).toHaveLength(1);
      paged.push(...keysOf({ keys: page.failures }));
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual(keysOf({ keys: all.failures }));
  });

  test('keep the reason that they had in it, also when they fail otherwise later, and when they are warm again', async () => {
    const { jobs, bad } = buildRuns(4);
    const why = { reason: 'no permit' };
    jobs.origin.answerEach(({ key }) =>
      bad.has(key) ? { kind: 'error', error: new OriginError('permanent', why.reason) } : bodyOf(`"${key}"`),
    );
    bad.add('profile:m1');
    const failuresOf = async (id: string) => (await verbsOf(jobs).runFailures(id)).failures;
    const id = await ran(jobs);
    const first = [{ key: 'profile:m1', outcome: 'failed', reason: 'no permit' }];
    why.reason = 'answered 422';
    const second = await ran(jobs);
    expect(await failuresOf(id)).toEqual(first);
    expect(await failuresOf(second)).toMatchObject([{ reason: 'answered 422' }]);
    bad.clear();
    const later = await ran(jobs);
    expect(await failuresOf(id)).toEqual(first);
    expect(await failuresOf(later)).toEqual([]);
    // Attempts that are forgotten leave no reason of another run in their place.
    bad.add('profile:m1');
    await ran(jobs);
    await jobs.redis.del(redisKeys(jobs.prefix).attempts('profile'));
    expect(await failuresOf(id)).toMatchObject([{ reason: '' }]);
  });

  test('are refused for a run that does not exist, and for a cursor that is none', async () => {
    const { jobs } = buildRuns(2);
    await expect(verbsOf(jobs).runFailures('nothing')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    const id = await ran(jobs);
    for (const cursor of ['', 'x', '1', '-1.0', '1.0.0'])
      await expect(verbsOf(jobs).runFailures(id, 5, cursor)).rejects.toMatchObject({
        code: 'E_REQUEST_INVALID',
      });
    // One that is past the end has nothing.
    expect((await verbsOf(jobs).runFailures(id, 5, '999.0')).failures).toEqual([]);
  });
});
