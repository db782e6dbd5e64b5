/** Finding keys among many: listing those that are in a state, and counting what a selector selects within a time. */
import { describe, expect, test } from 'vitest';
import { countKeys } from '../../src/verbs/count.ts';
import { type EntryFilter, entryPage, keyCount } from '../../src/verbs/entry-shapes.ts';
import { invalidateReport, invalidateRequest } from '../../src/verbs/invalidation-shapes.ts';
import { Selection } from '../../src/warming/selection.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { keysOf, sourceWith, TTL } from '../support/sources.ts';
import { loseIn, warm } from '../warming/warm.steps.ts';
import { type TestedVerbs, verbsOf } from './verbs.steps.ts';

const KEYS = keysOf(30);

/** Thirty known keys: ten stale, ten fresh, ten of which nothing is stored. */
async function setup(): Promise<{ jobs: Jobs; verbs: TestedVerbs }> {
  const jobs = buildJobs();
  await jobs.catalog.track('profile', KEYS, 0);
  await warm(jobs, { keys: KEYS.slice(0, 10) });
  await jobs.clock.advance(TTL);
  await warm(jobs, { keys: KEYS.slice(10, 20) });
  return { jobs, verbs: verbsOf(jobs) };
}

async function listed(verbs: TestedVerbs, filter: EntryFilter, { selector = '', limit = 7 } = {}) {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = entryPage.parse(await verbs.list(selector, limit, cursor, filter));
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    keys.push(...page.entries.map(({ key }) => key));
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return keys.toSorted();
}

describe('a list of keys in a state', () => {
  test.each([
    ['warm', KEYS.slice(10, 20)],
    ['fresh', KEYS.slice(10, 20)],
    ['due', []],
    ['stale', KEYS.slice(0, 10)],
    ['missing', KEYS.slice(20)],
  ] as const)('has those that are %s, each once, over pages of any size', async (state, expected) => {
    const { verbs } = await setup();
    for (const limit of [1, 3, 100])
      for (const selector of ['', 'prefix=profile:', 'source=profile', `key=${KEYS.join()}`])
        expect(await listed(verbs, { state }, { selector, limit })).toEqual([...expected].toSorted());
  });

  test('of a tier has what that tier lacks, or has', async () => {
    const { jobs, verbs } = await setup();
    const gone = KEYS.slice(12, 15);
    await loseIn(jobs, 'shared', gone, KEYS);
    expect(await listed(verbs, { state: 'missing', tier: 'redis' })).toEqual(
      [...gone, ...KEYS.slice(20)].toSorted(),
    );
    expect(await listed(verbs, { state: 'missing', tier: 'disk' })).toEqual(KEYS.slice(20).toSorted());
    expect(await listed(verbs, { state: 'warm', tier: 'redis' })).toHaveLength(7);
    const { entries } = await verbs.list(`key=${gone[0]}`, 1);
    expect(entries).toMatchObject([{ freshness: 'fresh', lacking: ['redis'] }]);
  });

  test('has those that are as large as was asked, and none of which nothing is stored', async () => {
    const { verbs } = await setup();
    const size = (key: string) => key.length + 2;
    const longest = Math.max(...KEYS.slice(0, 20).map(size));
    const large = KEYS.slice(0, 20).filter((key) => size(key) === longest);
    expect(await listed(verbs, { minBytes: longest })).toEqual(large.toSorted());
    expect(await listed(verbs, { minBytes: 0 })).toEqual(KEYS.slice(0, 20).toSorted());
  });

  test('goes through ten thousand keys for a page at the most, and goes on from there', async () => {
    const jobs = buildJobs();
    await jobs.catalog.track('profile', keysOf(12_000), 0);
    const verbs = verbsOf(jobs);
    const first = await verbs.list('', 5, undefined, { state: 'warm' });
    expect(first).toMatchObject({ entries: [], cursor: expect.any(String) });
    expect(first.looked).toBeGreaterThanOrEqual(10_000);
    expect(first.looked).toBeLessThan(12_000);
    const rest = await verbs.list('', 5, first.cursor ?? '', { state: 'warm' });
    expect([first.looked + rest.looked, rest.cursor]).toEqual([12_000, null]);
  });

  test('is refused for a tier that there is not, and for a tier without a state', async () => {
    const { verbs } = await setup();
    for (const filter of [{ state: 'warm', tier: 'tape' }, { tier: 'redis' }] as const)
      await expect(verbs.list('', 5, undefined, filter)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });
});

describe('a count', () => {
  test('of whole sources asks the catalog alone, and is exact', async () => {
    const { jobs, verbs } = await setup();
    const { calls } = jobs.shared;
    expect(keyCount.parse(await verbs.count('temperature=warm'))).toMatchObject({
      ...{ keys: 30, exactness: 'exact', sources: [{ source: 'profile', keys: 30 }] },
    });
    expect(jobs.shared.calls).toBe(calls);
  });

  test('of ages, prefixes and names is exact while there is time', async () => {
    const { verbs } = await setup();
    const counts = async (selector: string) => (await verbs.count(selector)).keys;
    expect(await counts(`age>${TTL - 1}ms`)).toBe(10);
    expect(await counts('prefix=profile:m1')).toBe(KEYS.filter((key) => key.startsWith('profile:m1')).length);
    expect(await counts('key=profile:m1,profile:m2')).toBe(2);
  });

  /** Time passes as pages come, and never by itself. */
  function slow(jobs: Jobs, perPageMs: number) {
    const catalog: Jobs['catalog'] = Object.create(jobs.catalog);
    catalog.scan = async (...args) => {
      const page = await jobs.catalog.scan(...args);
      await jobs.clock.advance(perPageMs);
      return page;
    };
    return catalog;
  }

  test('that runs out of time is an estimate, and says so', async () => {
    const jobs = buildJobs();
    const keys = keysOf(12_000);
    await jobs.catalog.track('profile', keys, 0);
    const selection = new Selection({ ...jobs, catalog: slow(jobs, 300) });
    const counted = await countKeys({ ...jobs, selection }, 'prefix=profile:m1', 1_000);
    expect(counted.exactness).toBe('estimate');
    const real = keys.filter((key) => key.startsWith('profile:m1')).length;
    expect(counted.keys).toBeGreaterThan(real * 0.8);
    expect(counted.keys).toBeLessThan(real * 1.2);
    expect(counted.ms).toBeLessThanOrEqual(1_200);
  });

  test('of several sources says of those that were not reached that it is a least', async () => {
    const sources = Array.from({ length: 9 }, (_, i) => sourceWith({ name: `s${i}` }));
    const jobs = buildJobs({ sources });
    for (const { name } of sources) await jobs.catalog.track(name, [`${name}:a`], 0);
    const selection = new Selection({ ...jobs, catalog: slow(jobs, 2_000) });
    const counted = await countKeys({ ...jobs, selection }, 'prefix=s', 1_000);
    expect(counted.exactness).toBe('at-least');
    expect(counted.sources.at(-1)).toEqual({ source: 's8', keys: 0, exactness: 'at-least' });
  });

  test('is refused for what a list is refused for', async () => {
    const { verbs } = await setup();
    await expect(verbs.count('source=nowhere')).rejects.toMatchObject({ code: 'E_SELECTOR_INVALID' });
    await expect(verbs.count('tag=nothing')).rejects.toMatchObject({ code: 'E_SELECTOR_INVALID' });
    await expect(verbs.count('', 100_000)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });

  test('leaves no timer behind', async () => {
    const jobs = buildJobs();
    await countKeys(jobs, '', 1_000);
    expect(jobs.clock.timers).toBe(0);
  });
});

describe('a dry run of an invalidation', () => {
  test('says how many of the keys each tier has, and leaves out a tier that does not answer', async () => {
    const { jobs, verbs } = await setup();
    await loseIn(jobs, 'shared', KEYS.slice(12, 15), KEYS);
    const ask = invalidateRequest.parse({ selector: 'source=profile', dryRun: true });
    const report = async () => invalidateReport.parse(await verbs.invalidate(ask));
    expect(await report()).toMatchObject({
      ...{ keys: 30, bySource: { profile: 30 }, stamp: null },
      byTier: { memory: 20, redis: 17, disk: 20 },
    });
    jobs.disk.chaos.down = true;
    expect((await report()).byTier).toEqual({ memory: 20, redis: 17 });
    const { byTier } = await verbs.invalidate({ ...ask, dryRun: false });
    expect(byTier).toEqual({});
  });

  test('looks up a sample of many keys, which stands for the others', async () => {
    const jobs = buildJobs();
    const many = keysOf(5_000);
    await jobs.catalog.track('profile', many, 0);
    await warm(jobs, { keys: many.slice(0, 2_500) });
    const { byTier } = await verbsOf(jobs).invalidate(
      invalidateRequest.parse({ selector: 'source=profile', dryRun: true }),
    );
    expect(byTier.redis).toBeGreaterThan(2_000);
    expect(byTier.redis).toBeLessThan(3_000);
  });
});
