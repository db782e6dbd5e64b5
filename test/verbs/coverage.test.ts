import { describe, expect, test } from 'vitest';
import type { Head } from '../../src/core/entry.ts';
import { coverageReport } from '../../src/verbs/coverage.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { bodyOf, failing } from '../support/scripted-origin.ts';
import { csvOf, GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { loseAll, NEVER, warm } from '../warming/warm.steps.ts';
import { verbsOf } from './verbs.steps.ts';

const QUOTE = sourceWith({ name: 'quote', temperature: 'hot' });

describe('check', () => {
  async function checked(jobs: Jobs, selector = '', samples = 2) {
    return coverageReport.parse(await verbsOf(jobs).check(selector, samples));
  }

  test('of a warm cache covers everything in each tier', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(10) });
    const report = await checked(jobs, 'source=profile');
    const full = {
      total: 10,
      fresh: 10,
      due: 0,
      stale: 0,
      missing: 0,
      unavailable: 0,
      unlisted: 0,
      absent: 0,
      missingSamples: [],
      error: null,
      bytes: 120,
    };
    expect(report).toEqual({
      ...{ selector: 'source=profile', total: 10, outlived: [], unread: [], shrunk: [], reasons: [] },
      tiers: ['memory', 'redis', 'disk'].map((tier) => ({ tier, ...full })),
      sources: [{ source: 'profile', total: 10, warm: 10 }],
    });
  });

  test('tells of warm values that are older than the ttl of their source is now', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(3) } });
    const at = jobs.clock.now() - TTL;
    const long = {
      stamp: at * 1_000,
      fetchedAt: at,
      checkedAt: at,
      dueAt: at + 8 * TTL,
      staleAt: at + 10 * TTL,
    };
    const stored = (key: string, head: Partial<Head>) =>
      ({ kind: 'put', entry: entryOf(key, '{}', { ...long, goneAt: at + 20 * TTL, ...head }) }) as const;
    const writes = [
      stored('profile:m0', {}),
      stored('profile:m1', { checkedAt: at + 1 }),
      stored('profile:m2', { kind: 'absent' }),
    ];
    for (const tier of [jobs.shared, jobs.disk]) await tier.putMany(writes, NEVER);
    const { outlived, sources } = await checked(jobs);
    expect(sources).toEqual([{ source: 'profile', total: 3, warm: 3 }]);
    expect(outlived).toEqual([{ source: 'profile', keys: 1 }]);
  });

  test('distinguishes fresh, due, stale and missing keys, tier by tier, with samples of what is missing', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(6) } });
    await warm(jobs, { keys: ['profile:m0'] });
    await jobs.clock.advance(20_000);
    await warm(jobs, { keys: ['profile:m1'] });
    await jobs.clock.advance(TTL - 20_000);
    await warm(jobs, { keys: ['profile:m2'] });
    const dropped = tombstoneOf('profile:m3', jobs.clock.now() * 1_000);
    await jobs.disk.putMany([{ kind: 'put', entry: dropped }], NEVER);
    const { tiers, sources } = await checked(jobs);
    expect(tiers.find(({ tier }) => tier === 'disk')).toEqual({
      ...{
        unlisted: 0,
        tier: 'disk',
        total: 6,
        stale: 1,
        due: 1,
        fresh: 1,
        missing: 3,
        unavailable: 0,
        absent: 0,
        error: null,
      },
      ...{ bytes: 36, missingSamples: ['profile:m3', 'profile:m4'] },
    });
    expect(sources).toEqual([{ source: 'profile', total: 6, warm: 2 }]);
    await jobs.clock.advance(TTL + GRACE);
    expect((await checked(jobs)).tiers[2]).toMatchObject({ missing: 6, bytes: 0 });
  });

  test('counts rows that lack a value of the key among what is missing, and says so', async () => {
    const source = sourceWith({ template: 'profile:{market}:{lang}' });
    const rows = [
      ['market', 'lang'],
      ['a', 'en'],
      ['b', ''],
    ];
    const jobs = buildJobs({ sources: [source], entities: { markets: csvOf(rows) } });
    await warm(jobs, { keys: ['profile:a:en'] });
    const report = await checked(jobs);
    expect(report).toMatchObject({ total: 2, sources: [{ source: 'profile', total: 2, warm: 1 }] });
    expect(report.tiers.map(({ total, missing }) => [total, missing])).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    expect(report.reasons).toEqual([{ reason: 'a row of an entity set lacks a value of the key', keys: 1 }]);
  });

  test('counts a key as warm that one tier has, and reports a tier that does not answer', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(10) });
    jobs.shared.chaos.down = true;
    const { tiers, sources } = await checked(jobs);
    expect(tiers[1]).toMatchObject({ tier: 'redis', missing: 0, unavailable: 10, error: 'chaos: down' });
    expect(sources).toEqual([{ source: 'profile', total: 10, warm: 10 }]);
  });

  test('says why keys are not warm, the most frequent reason first', async () => {
    const jobs = buildJobs();
    await jobs.catalog.track('profile', keysOf(6), 0);
    jobs.origin.answerEach(() => bodyOf('{}'));
    await warm(jobs, { keys: keysOf(3) });
    jobs.origin.answer(failing('permanent', 'no such market'));
    await warm(jobs, { keys: ['profile:m3'] });
    expect((await checked(jobs)).reasons).toEqual([
      { reason: 'never warmed', keys: 4 },
      { reason: 'refused: the body is empty: {}', keys: 3 },
      { reason: 'waits to be fetched', keys: 2 },
      { reason: 'failed: no such market', keys: 1 },
    ]);
  });

  test('of several sources adds them up, and of none is nothing', async () => {
    const jobs = buildJobs({ sources: [QUOTE, sourceWith()] });
    await warm(jobs, { source: 'quote', keys: keysOf(2, 'quote') });
    const report = await checked(jobs);
    expect(report).toMatchObject({ total: 20, sources: [{ source: 'quote', warm: 2 }, { warm: 0 }] });
    expect(await checked(jobs, 'prefix=nothing')).toMatchObject({ total: 0, sources: [], reasons: [] });
  });

  test('asks no origin', async () => {
    const jobs = buildJobs();
    await checked(jobs);
    expect(jobs.origin.calls).toEqual([]);
  });
});

test('check distinguishes a cache that lost everything from one that is warm', async () => {
  const jobs = buildJobs();
  await warm(jobs, { keys: keysOf(10) });
  await loseAll(jobs);
  expect((await verbsOf(jobs).check('', 0)).sources).toEqual([{ source: 'profile', total: 10, warm: 0 }]);
});
