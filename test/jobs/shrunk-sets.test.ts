/** An entity set that came short, as a process sees it that did not see it before: what the catalog keeps warm tells of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type EntitySetOptions, entitySetOptions } from '../../src/catalog/entities/options.ts';
import { parseSelector } from '../../src/core/selector/selector-grammar.ts';
import { coverageReport } from '../../src/verbs/coverage-shapes.ts';
import { shrinksOf } from '../../src/verbs/health/checks/origins/shrinks.ts';
import { shrunkSources } from '../../src/warming/shrunk-sources.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { temporaryFolder } from '../support/disk.ts';
import { pageOf } from '../support/scripted-origin.ts';
import { csvOf, keysOf, marketsOf, sourceWith } from '../support/sources.ts';
import { verbsOf } from '../verbs/verbs.steps.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { plannedRun } from './run.steps.ts';

const MINUTE = 60_000;

interface Set {
  readonly options: EntitySetOptions;
  /** Where it is the list of an origin. */
  readonly listed?: readonly { market: string }[];
}

const json = (rows: readonly unknown[]) => {
  const file = join(temporaryFolder(), 'markets.json');
  writeFileSync(file, JSON.stringify(rows));
  return file;
};
const rowsOf = (markets: readonly string[]) => markets.map((market) => ({ market }));
const csv = (markets: readonly string[]): Set => ({
  options: csvOf([['market'], ...markets.map((m) => [m])]),
});
const list = (markets: readonly string[]): Set => ({
  options: entitySetOptions.parse({ origin: 'markets', id: 'market' }),
  listed: rowsOf(markets),
});

/** A new process over a catalog of 200 warm keys. */
async function shrunkTo({ options, listed = [] }: Set, sources = [sourceWith()]): Promise<Jobs> {
  const lists = new Map([['e', { origin: 'markets', options: {} }]]);
  const jobs = buildJobs({ entities: { e: options }, lists, sources });
  jobs.origin.page = () => pageOf([...listed]);
  await jobs.catalog.track('profile', keysOf(200), 0);
  await warm(jobs, { keys: keysOf(200) });
  return jobs;
}

const checked = async (jobs: Jobs, selector = '') =>
  coverageReport.parse(await verbsOf(jobs).check(selector, 2));
const SHRUNK = { source: 'profile', entities: ['e'], listed: 1, missing: 199, keys: 200 };

describe.each<[string, () => Set]>([
  ['a CSV file', () => csv(['m0'])],
  ['the list of an origin', () => list(['m0'])],
  ['a JSON file', () => ({ options: entitySetOptions.parse({ json: json(rowsOf(['m0'])), id: 'market' }) })],
])('%s that has 1 row of 200', (_, set) => {
  test('is told by check, which counts what no set names any more', async () => {
    const jobs = await shrunkTo(set());
    const report = await checked(jobs);
    expect(report).toMatchObject({ total: 200, shrunk: [SHRUNK], sources: [{ total: 200, warm: 1 }] });
    for (const tier of report.tiers)
      expect(tier).toMatchObject({ total: 200, fresh: 1, missing: 0, unlisted: 199 });
    expect((await checked(jobs, 'entities=e')).shrunk).toEqual([SHRUNK]);
  });

  test('is told by a run, and by the doctor before any gc', async () => {
    const jobs = await shrunkTo(set());
    await plannedRun(jobs);
    expect(await verbsOf(jobs).run('r1')).toMatchObject({ total: 1, shrunk: [SHRUNK] });
    expect(jobs.log.seen.filter(({ name }) => name === 'problem')).toHaveLength(1);
    expect(await shrinksOf(jobs)).toMatchObject([
      {
        where: 'sources.profile',
        finding: expect.stringContaining('"e" gives 1 key of profile: 199 of the 200'),
      },
    ]);
  });

  test('is believed when gc found it twice, ten minutes apart', async () => {
    const jobs = await shrunkTo(set());
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0 });
    expect((await checked(jobs)).shrunk).toHaveLength(1);
    await jobs.clock.advance(10 * MINUTE);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 199 });
    expect(await checked(jobs)).toMatchObject({ total: 1, shrunk: [] });
    expect(await plannedRun(jobs)).toMatchObject({ shrunk: [] });
    expect(await shrinksOf(jobs)).toEqual([]);
  });
});

describe.each<[string, () => Set]>([
  ['a CSV file', () => csv([])],
  ['the list of an origin', () => list([])],
])('%s that has no row any more', (_, set) => {
  test('is told by check and by a run, and believed at the second gc', async () => {
    const jobs = await shrunkTo(set());
    const shrunk = [{ source: 'profile', listed: 0, missing: 200, keys: 200 }];
    expect(await checked(jobs)).toMatchObject({ total: 200, shrunk });
    expect(await plannedRun(jobs)).toMatchObject({ total: 0, shrunk });
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0, doubts: [{ missing: 200 }] });
    await jobs.clock.advance(10 * MINUTE);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 200 });
    expect(await checked(jobs)).toMatchObject({ total: 0, shrunk: [] });
  });
});

test('one of two sets that came short is told with the other, and with an unreadable one nothing is', async () => {
  const two = (one: EntitySetOptions) => buildJobs({ entities: { one, two: csv(marketsOf(50)).options } });
  const jobs = two(csvOf([['market'], ['m190']]));
  await jobs.catalog.track('profile', keysOf(200), 0);
  const shrunk = { source: 'profile', entities: ['one', 'two'], listed: 51, missing: 149, keys: 200 };
  expect((await checked(jobs)).shrunk).toEqual([shrunk]);
  expect((await checked(jobs, 'entities=one')).shrunk).toEqual([shrunk]);
  const unread = two(entitySetOptions.parse({ csv: '/nowhere/one.csv', id: 'market' }));
  await unread.catalog.track('profile', keysOf(200), 0);
  expect(await checked(unread)).toMatchObject({ total: 50, shrunk: [], unread: [{ entities: 'one' }] });
});

test('a file without rows feeds no source whose key has a column that its header lacks', async () => {
  const sources = [sourceWith({ template: 'profile:{market}:{user}' })];
  const jobs = buildJobs({ entities: { e: csvOf([['market', 'name']]) }, sources });
  await jobs.catalog.track('profile', ['profile:m1:ann', 'profile:m2:bob'], 0);
  expect((await checked(jobs)).shrunk).toEqual([]);
  for (let look = 0; look < 2; look += 1) {
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0, doubts: [] });
    await jobs.clock.advance(10 * MINUTE);
  }
});

test('a list without rows is told of, too, where its rows gave only a part of the key', async () => {
  const sources = [sourceWith({ template: 'profile:{market}:{region}' })];
  const lists = new Map([['e', { origin: 'markets', options: {} }]]);
  const jobs = buildJobs({ entities: { e: list([]).options }, lists, sources });
  await jobs.catalog.track('profile', ['profile:m1:eu'], 0);
  expect(await checked(jobs)).toMatchObject({ total: 1, shrunk: [{ listed: 0, missing: 1 }] });
});

describe('nothing is said', () => {
  const all = marketsOf(200);

  test('of a set that lost no more than may vanish at once', async () => {
    expect(await checked(await shrunkTo(csv(all.slice(0, 181))))).toMatchObject({ total: 181, shrunk: [] });
  });

  test('of keys that somebody named, as long as they are kept', async () => {
    const jobs = await shrunkTo(csv(['m0']));
    await jobs.catalog.keep('profile', keysOf(200), jobs.clock.now() + MINUTE);
    expect(await checked(jobs)).toMatchObject({ total: 1, shrunk: [] });
  });

  test('of a source that no set feeds', async () => {
    const jobs = await shrunkTo({ options: csvOf([['shop'], ['s1']]) });
    expect(await checked(jobs)).toMatchObject({ total: 0, shrunk: [] });
  });

  test('of keys that another key template made', async () => {
    const jobs = await shrunkTo(csv(all), [sourceWith({ template: 'p:{market}' })]);
    await jobs.catalog.track(
      'profile',
      all.map((market) => `p:${market}`),
      0,
    );
    expect((await checked(jobs)).shrunk).toEqual([]);
  });

  test('where keys alone are asked for, or others than those that are missing', async () => {
    const jobs = await shrunkTo(csv(['m0']));
    for (const selector of ['key=profile:m0', 'prefix=profile:m0'])
      expect(await checked(jobs, selector)).toMatchObject({ total: 1, shrunk: [] });
    expect(await checked(jobs, 'prefix=profile:m1')).toMatchObject({
      total: 111,
      shrunk: [{ missing: 111 }],
    });
  });
});

test('sets are not read once more where no more keys are kept than they gave', async () => {
  const jobs = await shrunkTo(csv(marketsOf(200)));
  const load = vi.spyOn(jobs.entities, 'load');
  const look = (given: number) =>
    shrunkSources(jobs, parseSelector(''), new Map([['profile', given]]), NEVER);
  expect(await look(200)).toEqual([]);
  expect(load).not.toHaveBeenCalled();
  expect(await look(199)).toEqual([]);
  expect(load).toHaveBeenCalledOnce();
});

test('what is missing of a large catalog is estimated from a part of it', async () => {
  const jobs = await shrunkTo(csv(marketsOf(20_000)));
  await jobs.catalog.track('profile', keysOf(40_000), 0);
  const [shrunk] = (await checked(jobs)).shrunk;
  expect(shrunk).toMatchObject({ listed: 20_000, keys: 40_000 });
  expect(Math.abs((shrunk?.missing ?? 0) - 20_000)).toBeLessThan(1_500);
});
