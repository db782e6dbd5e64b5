import { describe, expect, test } from 'vitest';
import { buildJobs } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { ABSENT, bodyOf, errorOf, failing, UNCHANGED } from '../support/scripted-origin.ts';
import { ABSENT_TTL, GRACE, keysOf, sourceWith, TTL } from '../support/sources.ts';
import { bodies, expected, inTiers, loseAll, NEVER, ONE, warm } from './warm.steps.ts';

const [KEY = ''] = ONE;

describe('a value that the origin gives', () => {
  test('is in every tier, with its times, tags and validators, and due as the catalog says', async () => {
    const source = sourceWith({ tags: [sourceWith({ template: 'market:{market}' }).key] });
    const jobs = buildJobs({ sources: [source] });
    await expected(jobs);
    jobs.origin.answerEach(() =>
      bodyOf('{"a":1}', { etag: '"e1"', lastModified: 'Mon', version: '7', contentType: 'application/json' }),
    );
    expect(await warm(jobs)).toEqual({ ended: { [KEY]: 'warmed' }, unfinished: [], deferred: undefined });
    expect(await bodies(jobs)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
    for (const entry of await inTiers(jobs)) {
      expect(entry?.head).toMatchObject({
        ...{ key: KEY, source: 'profile', kind: 'value', tags: ['market:m0'], stamp: FETCHED_AT * 1_000 },
        ...{ etag: '"e1"', lastModified: 'Mon', version: '7', contentType: 'application/json' },
        ...{ fetchedAt: FETCHED_AT, checkedAt: FETCHED_AT, dueAt: FETCHED_AT + 0.8 * TTL },
        ...{ staleAt: FETCHED_AT + TTL, goneAt: FETCHED_AT + TTL + GRACE },
      });
      expect(entry?.head.params).toBeUndefined();
    }
    const record = { key: KEY, dueAt: FETCHED_AT + 0.8 * TTL, failure: undefined };
    expect(await jobs.catalog.get('profile', ONE)).toEqual([record]);
  });

  test('is stored while whoever counts its calls does not answer, and also where that fails', async () => {
    const jobs = buildJobs();
    const { promise, reject } = Promise.withResolvers<void>();
    const stored = Promise.withResolvers<void>();
    const onEnded = async () => stored.resolve();
    const warming = warm(jobs, { onEnded, onCalls: () => promise });
    await stored.promise;
    expect(await bodies(jobs)).not.toContain(undefined);
    reject(new Error('no figures'));
    await expect(warming).rejects.toThrow('no figures');
  });

  test('is asked for by the params of its key', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: ['profile:a%20b%2Fc'] });
    expect(jobs.origin.calls[0]?.requests).toEqual([
      { key: 'profile:a%20b%2Fc', params: { market: 'a b/c' }, known: undefined },
    ]);
  });

  test('forgets an earlier failure of its key', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    jobs.origin.answer(failing('permanent', '404'));
    await warm(jobs);
    expect((await jobs.catalog.get('profile', ONE))[0]?.failure?.reason).toBe('404');
    jobs.origin.answerEach(() => bodyOf('1'));
    await warm(jobs);
    expect((await jobs.catalog.get('profile', ONE))[0]?.failure).toBeUndefined();
  });

  test('counts in the totals of its source, and is told with its run', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(3), run: 'r1' });
    expect((await jobs.registry.counts(['profile']))[0]?.warmed).toBe(3);
    const told = jobs.log.seen.filter(({ name }) => name === 'keys:ended');
    expect(told.map(({ payload }) => payload)).toEqual([
      { source: 'profile', run: 'r1', outcomes: { warmed: 3 } },
    ]);
  });

  test('is asked for in calls of as many keys as the source allows', async () => {
    const jobs = buildJobs({ sources: [sourceWith({ keysPerCall: 4 })] });
    const { ended } = await warm(jobs, { keys: keysOf(10) });
    expect(Object.values(ended)).toEqual(new Array(10).fill('warmed'));
    expect(jobs.origin.calls.map(({ requests }) => requests.length)).toEqual([4, 4, 2]);
  });

  test('comes by no more calls at a time than the origin takes, over all tasks of the process', async () => {
    const jobs = buildJobs({ budget: { rate: undefined, concurrency: 3 } });
    await Promise.all([warm(jobs, { keys: keysOf(10) }), warm(jobs, { keys: keysOf(20).slice(10) })]);
    expect(jobs.origin.asked).toHaveLength(20);
    expect(jobs.origin.peak).toBeLessThanOrEqual(3);
  });
});

describe('a key that is warm already', () => {
  test('ends so without a call, keeps its times, and is copied to the tiers that lack it', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    await jobs.disk.putMany([{ kind: 'put', entry: entryOf(KEY, '"old"') }], NEVER);
    await jobs.clock.advance(1_000);
    expect(await warm(jobs)).toMatchObject({ ended: { [KEY]: 'already-warm' } });
    expect(jobs.origin.calls).toEqual([]);
    expect(await bodies(jobs)).toEqual(['"old"', '"old"', '"old"']);
    for (const entry of await inTiers(jobs)) expect(entry?.head.checkedAt).toBe(FETCHED_AT);
    expect((await jobs.catalog.get('profile', ONE))[0]?.dueAt).toBe(FETCHED_AT + 80_000);
  });

  test('is fetched all the same when that is forced, but not again for the same work', async () => {
    const jobs = buildJobs();
    await warm(jobs);
    await jobs.clock.advance(1_000);
    const options = { reason: 'force', since: jobs.clock.now() } as const;
    expect((await warm(jobs, { options })).ended).toEqual({ [KEY]: 'warmed' });
    await jobs.clock.advance(1_000);
    expect((await warm(jobs, { options })).ended).toEqual({ [KEY]: 'warmed' });
    expect(jobs.origin.asked).toEqual([KEY, KEY]);
  });

  test('is fetched once it is due, though memory has it', async () => {
    const jobs = buildJobs();
    await warm(jobs);
    await jobs.clock.advance(0.8 * TTL);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(jobs.origin.asked).toEqual([KEY, KEY]);
  });

  test('when only missing ones are wanted, a stale one is left alone', async () => {
    const jobs = buildJobs();
    await warm(jobs);
    await jobs.clock.advance(TTL);
    const { ended } = await warm(jobs, { keys: keysOf(2), options: { reason: 'missing' } });
    expect(ended).toEqual({ [KEY]: 'excluded', 'profile:m1': 'warmed' });
  });
});

describe('a value that has not changed at the origin', () => {
  test('keeps its body and the time of its fetch, and is fresh again in every tier', async () => {
    const jobs = buildJobs();
    jobs.origin.answerEach(({ known }) => (known === undefined ? bodyOf('"v"', { etag: '"e"' }) : UNCHANGED));
    await warm(jobs);
    await jobs.clock.advance(90_000);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'unchanged' });
    expect(jobs.origin.calls[1]?.requests[0]?.known).toEqual({ etag: '"e"' });
    expect(await bodies(jobs)).toEqual(['"v"', '"v"', '"v"']);
    for (const entry of await inTiers(jobs)) {
      const checkedAt = FETCHED_AT + 90_000;
      expect(entry?.head).toMatchObject({ fetchedAt: FETCHED_AT, checkedAt, staleAt: checkedAt + TTL });
    }
  });

  test('is fetched anew when its body has vanished meanwhile', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    jobs.origin.answerEach(({ known }) => (known === undefined ? bodyOf('"v"', { etag: '"e"' }) : UNCHANGED));
    await warm(jobs);
    await jobs.clock.advance(90_000);
    const held = jobs.origin.hold();
    const warming = warm(jobs);
    await held.arrived();
    await loseAll(jobs);
    held.release();
    const { ended, unfinished } = await warming;
    expect(ended).toEqual({});
    expect(unfinished).toEqual([{ index: 0, reason: expect.stringContaining('vanished') }]);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(jobs.origin.calls.at(-1)?.requests[0]?.known).toBeUndefined();
  });

  test('of which nothing is stored is tried again, and a tombstone is not taken for a value', async () => {
    const jobs = buildJobs();
    jobs.origin.answerEach(() => UNCHANGED);
    const reason = 'the origin said "unchanged" of a value that is not stored';
    expect((await warm(jobs)).unfinished).toEqual([{ index: 0, reason }]);
    const source = jobs.sources.get('profile') ?? sourceWith();
    await jobs.invalidate.apply(source, ONE, 'drop', await jobs.ledger.stamp('markets'), NEVER);
    expect(await warm(jobs)).toMatchObject({ ended: {}, unfinished: [{ index: 0, reason }] });
    for (const entry of await inTiers(jobs)) expect(entry?.head.kind ?? 'dropped').toBe('dropped');
  });
});

describe('a key whose value is', () => {
  test('absent at the origin is remembered so, for a shorter time', async () => {
    const jobs = buildJobs();
    jobs.origin.answerEach(() => ABSENT);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'absent' });
    for (const entry of await inTiers(jobs)) {
      expect(entry?.head).toMatchObject({ kind: 'absent', bodyBytes: 0, staleAt: FETCHED_AT + ABSENT_TTL });
    }
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'absent' });
    await jobs.clock.advance(ABSENT_TTL);
    jobs.origin.answerEach(() => bodyOf('"now there"'));
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(jobs.origin.calls.at(-1)?.requests[0]?.known).toBeUndefined();
  });

  test('refused by a guard keeps the old one everywhere, and the catalog says why', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    jobs.origin.answerEach(() => bodyOf('"good"'));
    await warm(jobs);
    await jobs.clock.advance(90_000);
    jobs.origin.answerEach(() => bodyOf('{}'));
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'refused: the body is empty: {}' });
    expect(await bodies(jobs)).toEqual(['"good"', '"good"', '"good"']);
    const [record] = await jobs.catalog.get('profile', ONE);
    expect(record?.failure).toMatchObject({ outcome: 'refused', reason: 'the body is empty: {}', count: 1 });
    expect(record?.dueAt).toBe(jobs.clock.now() + TTL / 10);
    const refused = jobs.log.seen.find(({ name }) => name === 'key:refused');
    const reason = 'the body is empty: {}';
    expect(refused?.payload).toEqual({ source: 'profile', key: KEY, rule: 'empty', reason });
  });

  test('refused by the origin for good fails, and the catalog says why', async () => {
    const jobs = buildJobs();
    await expected(jobs);
    jobs.origin.answer(failing('permanent', 'the origin answered 403'));
    expect((await warm(jobs, { run: 'r1' })).ended).toEqual({ [KEY]: 'failed: the origin answered 403' });
    expect(jobs.origin.calls).toHaveLength(1);
    const [record] = await jobs.catalog.get('profile', ONE);
    expect(record?.failure).toMatchObject({ outcome: 'failed', reason: 'the origin answered 403' });
    const failed = jobs.log.seen.find(({ name }) => name === 'key:failed');
    expect(failed?.payload).toMatchObject({ key: KEY, run: 'r1' });
  });

  test('too large for every backing tier fails', async () => {
    const jobs = buildJobs();
    jobs.origin.answerEach(() => bodyOf(`"${'x'.repeat(2_100_000)}"`));
    expect((await warm(jobs)).ended).toEqual({
      [KEY]: 'failed: the body is larger than any shared tier takes',
    });
  });
});

test('keys of one batch end each by its own answer', async () => {
  const jobs = buildJobs({ sources: [sourceWith({ keysPerCall: 10 })] });
  jobs.origin.answer(() => [
    bodyOf('"good"'),
    bodyOf(''),
    ABSENT,
    errorOf('permanent', 'no such market'),
    errorOf('retryable', 'try again'),
  ]);
  const { ended, unfinished, deferred } = await warm(jobs, { keys: keysOf(5) });
  expect(ended).toEqual({
    'profile:m0': 'warmed',
    'profile:m1': 'refused: the body is empty',
    'profile:m2': 'absent',
    'profile:m3': 'failed: no such market',
  });
  expect(unfinished).toEqual([{ index: 4, reason: 'try again' }]);
  expect(deferred).toBeUndefined();
});

test('a batch that answers fewer keys than it was asked leaves none without an end', async () => {
  const jobs = buildJobs({ sources: [sourceWith({ keysPerCall: 10 })] });
  jobs.origin.answer(() => [bodyOf('"good"')]);
  const { ended, unfinished } = await warm(jobs, { keys: keysOf(2) });
  expect(ended).toEqual({ 'profile:m0': 'warmed' });
  expect(unfinished).toEqual([{ index: 1, reason: 'the origin gave no answer for this key' }]);
});
