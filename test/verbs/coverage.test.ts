import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entitySetOptions } from '../../src/catalog/entities/options.ts';
import type { Head } from '../../src/core/entry.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { coverageVerbs } from '../../src/verbs/coverage.ts';
import { verdictOf } from '../../src/verbs/coverage-demands.ts';
import { coverageDemand, coverageReport } from '../../src/verbs/coverage-shapes.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { bodyOf, failing } from '../support/scripted-origin.ts';
import { csvOf, GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { loseAll, loseIn, NEVER, warm } from '../warming/warm.steps.ts';
import { schedulesOf, verbsOf } from './verbs.steps.ts';

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
      ...{
        selector: 'source=profile',
        total: 10,
        outlived: [],
        unanswered: [],
        unread: [],
        shrunk: [],
        reasons: [],
      },
      tiers: ['memory', 'redis', 'disk'].map((tier) => ({ tier, ...full })),
      sources: [
        {
          ...{ source: 'profile', total: 10, warm: 10, fresh: 10, unknown: 0, reads: null },
          tiers: ['memory', 'redis', 'disk'].map((tier) => ({
            tier,
            total: 10,
            warm: 10,
            fresh: 10,
            unknown: 0,
          })),
        },
      ],
      ...{ reads: null, cold: [], verdict: null },
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
    expect(sources).toMatchObject([{ source: 'profile', total: 3, warm: 3 }]);
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
    expect(sources).toMatchObject([{ source: 'profile', total: 6, warm: 2 }]);
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
    expect(sources).toMatchObject([{ source: 'profile', total: 10, warm: 10 }]);
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

  test('counts by what is read as well, of what readers reported within the hour', async () => {
    const jobs = buildJobs({ sources: [QUOTE, sourceWith()] });
    await warm(jobs, { keys: keysOf(2) });
    const reads = new Map([
      ['profile:m0', 90],
      ['profile:m5', 10],
      ['profile:elsewhere', 1_000],
    ]);
    await jobs.popularity.count('profile', reads, jobs.clock.now());
    const report = await checked(jobs);
    expect(report.reads).toEqual({ all: 100, warm: 90, overMs: 0 });
    expect(report.sources.map(({ reads }) => reads)).toEqual([null, { all: 100, warm: 90, overMs: 0 }]);
  });

  test('says why a cold key is cold, and what holds it back', async () => {
    const jobs = buildJobs();
    await jobs.catalog.track('profile', keysOf(10), jobs.clock.now());
    await warm(jobs, { keys: keysOf(1) });
    jobs.origin.answer(failing('permanent', 'no such market'));
    await warm(jobs, { keys: ['profile:m1'] });
    await verbsOf(jobs).invalidate({
      selector: 'key=profile:m0',
      mode: 'drop',
      rewarm: false,
      dryRun: false,
    });
    const { cold } = await checked(jobs, 'key=profile:m0,profile:m1,profile:m2', 3);
    const at = '2100-[^ ]+Z';
    expect(cold.map(({ key, cause }) => [key, cause])).toEqual([
      ['profile:m0', 'no-worker'],
      ['profile:m1', 'failed'],
      ['profile:m2', 'no-worker'],
    ]);
    expect(cold[0]?.reason).toMatch(
      new RegExp(`^It was dropped by an invalidation of this key at ${at}\\. No worker is running`),
    );
    expect(cold[1]?.reason).toMatch(
      new RegExp(
        `^No tier holds anything under it\\. The last attempt failed at ${at}: no such market; it is tried again at ${at}\\.$`,
      ),
    );
  });

  test('judges a demand in each tier that others see, source by source, or all together', async () => {
    const jobs = buildJobs({ sources: [QUOTE, sourceWith()] });
    await warm(jobs, { source: 'quote', keys: keysOf(10, 'quote') });
    await warm(jobs, { keys: keysOf(8) });
    await loseIn(jobs, 'shared', ['quote:m0'], [...keysOf(10, 'quote'), ...keysOf(8)]);
    const judged = async (demand: object) =>
      (await verbsOf(jobs).check('', 0, demand)).verdict?.misses.map(({ message }) => message);
    expect(await judged({ min: '95%' })).toEqual([
      'quote in redis: 9 of 10 keys are warm (90 %), 95 % must be: 1 key short',
      'profile in redis: 8 of 10 keys are warm (80 %), 95 % must be: 2 keys short',
      'profile in disk: 8 of 10 keys are warm (80 %), 95 % must be: 2 keys short',
    ]);
    expect(await judged({ min: '90%', tier: 'disk', per: 'total' })).toEqual([]);
    expect(await judged({ min: '91%', tier: 'any', per: 'total' })).toEqual([
      'all sources together: 18 of 20 keys are warm (90 %), 91 % must be: 1 key short',
    ]);
    await expect(verbsOf(jobs).check('', 0, { min: 1, tier: 'rediss' })).rejects.toThrow(
      'tier "rediss" does not exist; did you mean "redis"?',
    );
  });

  describe('takes what did not answer for unknown, and not for cold', () => {
    const judge = async (jobs: Jobs, demand: object) => {
      const { verdict, cold, sources, reasons } = await verbsOf(jobs).check('', 5, demand);
      return {
        ...{ met: verdict?.met, unknown: verdict?.unknown, cold: cold.map(({ key }) => key) },
        ...{ misses: verdict?.misses.map(({ message }) => message), sources, reasons },
      };
    };

    test('one tier: the other decides where it can, and no key is called cold that it may have', async () => {
      const jobs = buildJobs();
      await warm(jobs, { keys: keysOf(8) });
      jobs.shared.chaos.down = true;
      const inRedis = await judge(jobs, { min: '80%' });
      expect(inRedis).toMatchObject({
        ...{ met: false, unknown: true, cold: [] },
        misses: ['profile in redis: whether 80 % are warm is not known: of 10 of 10 keys a tier did not say'],
        sources: [{ warm: 8, unknown: 2, tiers: [{}, { warm: 0, unknown: 10 }, { warm: 8, unknown: 0 }] }],
        reasons: [{ reason: 'not known: chaos: down', keys: 2 }],
      });
      expect(await judge(jobs, { min: '80%', tier: 'any' })).toMatchObject({ met: true, unknown: false });
      expect(await judge(jobs, { min: 1, tier: 'any', per: 'total' })).toMatchObject({
        ...{ met: false, unknown: true },
        misses: [
          'all sources together: whether 100 % are warm is not known: of 2 of 10 keys a tier did not say',
        ],
      });
      const inDisk = await judge(jobs, { min: 1 });
      expect(inDisk).toMatchObject({ met: false, unknown: false });
      expect(inDisk.misses?.[1]).toBe(
        'profile in disk: 8 of 10 keys are warm (80 %), 100 % must be: 2 keys short',
      );
    });

    test('the catalog: what is warm is counted, and whether sets lost keys is said to be unknown', async () => {
      const jobs = buildJobs();
      await warm(jobs, { keys: keysOf(10) });
      const away = () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'away'));
      Object.assign(jobs.catalog, { get: away, scan: away, size: away });
      const said = expect.stringMatching(/^whether entity sets lost keys lately.*: away$/);
      await loseIn(jobs, 'shared', ['profile:m0'], keysOf(10));
      expect(await judge(jobs, { min: '90%' })).toMatchObject({ met: false, unknown: true, misses: [said] });
      expect(await judge(jobs, { min: '91%' })).toMatchObject({ met: false, unknown: false });
    });

    test('the fences: what they hide may be counted as warm', async () => {
      const jobs = buildJobs();
      await warm(jobs, { keys: keysOf(10) });
      jobs.fences.sync = async () => false;
      expect(await judge(jobs, { min: 1 })).toMatchObject({
        ...{ met: false, unknown: true },
        misses: ['the invalidations cannot be read, so what they hide may be counted as warm'],
      });
    });

    test('over whatever is known: it is met or missed only where no answer could change that', () => {
      const amounts = fc
        .tuple(fc.nat(50), fc.nat(50), fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([warmKeys, unknown, cold, min]) => ({
          warmKeys,
          unknown,
          total: warmKeys + unknown + cold,
          min,
        }));
      fc.assert(
        fc.property(amounts, ({ warmKeys, unknown, total, min }) => {
          const amount = { total, warm: warmKeys, fresh: 0, unknown };
          const row = { source: 'profile', ...amount, tiers: [{ tier: 'redis', ...amount }], reads: null };
          const demand = coverageDemand.parse({ min });
          const verdict = verdictOf(demand, ['redis'], { sources: [row], unread: [], unanswered: [] });
          const ends = Array.from(
            { length: unknown + 1 },
            (_, more) => total === 0 || (warmKeys + more) / total >= min,
          );
          expect([verdict?.met, verdict?.unknown]).toEqual([
            ends.every(Boolean),
            ends.some(Boolean) && !ends.every(Boolean),
          ]);
        }),
      );
    });
  });

  test('meets no demand while an entity set cannot be read', async () => {
    const gone = entitySetOptions.parse({ csv: '/nowhere/shops.csv', id: 'market' });
    const jobs = buildJobs({ entities: { markets: marketsCsv(2), shops: gone } });
    await warm(jobs, { keys: keysOf(2) });
    const { verdict } = await verbsOf(jobs).check('', 0, { min: '1%' });
    expect(verdict).toMatchObject({
      ...{ met: false, unknown: true },
      misses: [{ of: 'known', message: expect.stringMatching(/"shops"/) }],
    });
  });

  test('does not weigh by reads what nobody can tell', async () => {
    const jobs = buildJobs();
    const away = new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
    const popularity = { of: () => Promise.reject(away), reports: () => Promise.reject(away) };
    const verbs = coverageVerbs({ ...jobs, ...schedulesOf(jobs), popularity });
    expect(await verbs.check('', 0)).toMatchObject({ total: 10, reads: null });
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
  expect((await verbsOf(jobs).check('', 0)).sources).toMatchObject([
    { source: 'profile', total: 10, warm: 0, fresh: 0 },
  ]);
});
