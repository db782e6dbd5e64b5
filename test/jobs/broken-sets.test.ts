/** An entity set that cannot be read, or is refused, spoils its own keys: a run warms those of the others, and names it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type EntitySetOptions, entitySetOptions } from '../../src/catalog/entities/options.ts';
import { OriginError } from '../../src/core/errors.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { temporaryFolder } from '../support/disk.ts';
import { pageOf } from '../support/scripted-origin.ts';
import { csvOf, keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { verbsOf } from '../verbs/verbs.steps.ts';
import { createRun, current, doJob, manifest, RUN, warmChunk } from './run.steps.ts';

const GONE = entitySetOptions.parse({ csv: '/nowhere/shops.csv', id: 'market' });
const written = (name: string, text: string) => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
};
/** A thousand good rows, and then one that stands there twice. */
const LATE = () => csvOf([['market'], ...Array.from({ length: 1_200 }, (_, i) => [`x${i}`]), ['x0']]);

function withShops(shops: EntitySetOptions, sources = [sourceWith()]): Jobs {
  return buildJobs({ sources, entities: { shops, markets: marketsCsv(5) } });
}

/** Run r1 once its jobs are done, one after the other. */
async function warmedRun(jobs: Jobs, options: Parameters<typeof createRun>[1] = {}) {
  await createRun(jobs, options);
  await doJob(jobs, { step: 'plan', run: RUN });
  const { chunks } = await current(jobs);
  for (let n = 0; n < chunks; n += 1) await doJob(jobs, warmChunk(n));
  await doJob(jobs, { step: 'verify', run: RUN });
  return current(jobs);
}

describe('a run of everything', () => {
  test.each<[string, () => EntitySetOptions, RegExp]>([
    ['a CSV that is missing', () => GONE, /no such file/],
    ['a CSV that is refused for its last row', LATE, /stands twice/],
    [
      'a CSV without its column',
      () => entitySetOptions.parse({ csv: written('shops.csv', 'shop\na\n'), id: 'market' }),
      /market/,
    ],
    [
      'JSON that is none',
      () => entitySetOptions.parse({ json: written('shops.json', '[{"market": '), id: 'market' }),
      /shops\.json/,
    ],
    [
      'a module that throws',
      () =>
        entitySetOptions.parse({
          module: written('shops.mjs', 'export const rows = () => { throw new Error("the shop is shut"); };'),
          id: 'market',
        }),
      /the shop is shut/,
    ],
  ])('warms the other sets, and names %s', async (_, shops, reason) => {
    const jobs = withShops(shops());
    const run = await warmedRun(jobs);
    expect(run).toMatchObject({ state: 'ended', endedReason: 'finished', total: 5 });
    expect(run.counts.warmed).toBe(5);
    expect((await manifest(jobs)).flat()).toEqual(keysOf(5));
    expect(run.unread).toEqual([{ entities: 'shops', reason: expect.stringMatching(reason) }]);
    expect(jobs.log.seen.some(({ name }) => name === 'problem')).toBe(true);
  });

  test('warms sources that need no set', async () => {
    const jobs = buildJobs({
      sources: [sourceWith(), sourceWith({ name: 'front', template: 'front' })],
      entities: { shops: GONE },
    });
    const run = await warmedRun(jobs);
    expect(run).toMatchObject({ total: 1, unread: [{ entities: 'shops' }] });
  });

  test('asks no set for sources whose keys are constant', async () => {
    const jobs = buildJobs({
      sources: [sourceWith({ name: 'front', template: 'front' })],
      entities: { shops: GONE },
    });
    const run = await warmedRun(jobs);
    expect(run).toMatchObject({ total: 1, unread: [], counts: { warmed: 1 } });
  });

  test('names no set that cannot feed what is selected', async () => {
    const shops = entitySetOptions.parse({ csv: written('shops.csv', 'shop\na\na\n'), id: 'shop' });
    const run = await warmedRun(withShops(shops));
    expect(run).toMatchObject({ total: 5, unread: [] });
  });

  test('fails where nothing is left', async () => {
    const jobs = buildJobs({ entities: { shops: GONE } });
    expect(await warmedRun(jobs)).toMatchObject({
      ...{ endedReason: 'failed', total: 0 },
      endedNote: expect.stringMatching(/^plan: E_ENTITIES_INVALID: entity set "shops"/),
    });
  });

  test('is checked without the set, and the report names it', async () => {
    const jobs = withShops(LATE());
    await warmedRun(jobs);
    const report = await verbsOf(jobs).check('', 5);
    expect(report).toMatchObject({ total: 5, unread: [{ entities: 'shops' }] });
    await expect(verbsOf(jobs).check('entities=shops', 5)).rejects.toMatchObject({
      code: 'E_ENTITIES_INVALID',
    });
  });
});

test.each([
  ['entities=shops', { endedReason: 'failed' }],
  ['entities=markets', { total: 5, unread: [] }],
  ['entities=shops,markets', { total: 5, unread: [{ entities: 'shops' }] }],
  ['key=profile:m1', { total: 1, unread: [] }],
])('a run of %s', async (selector, expected) => {
  expect(await warmedRun(withShops(GONE), { selector })).toMatchObject(expected);
});

describe('a list that does not come', () => {
  const LIST = entitySetOptions.parse({ origin: 'markets', id: 'market' });
  const lists = new Map([['shops', { origin: 'markets', options: {} }]]);
  const bench = (others = true) => {
    const entities = { shops: LIST, ...(others ? { markets: marketsCsv(5) } : {}) };
    const jobs = buildJobs({ entities, lists });
    jobs.origin.page = () => ({ kind: 'changed', reason: 'its pages turn' });
    return jobs;
  };
  const plan = { step: 'plan', run: RUN } as const;

  test('is waited for at the cost of no attempt, and done without a minute after the run was made', async () => {
    const jobs = bench();
    await createRun(jobs);
    const endings: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      endings.push((await doJob(jobs, plan)).kind);
      await jobs.clock.advance(10_000);
    }
    expect(endings).toEqual([...Array(6).fill('later'), 'done']);
    expect(await current(jobs)).toMatchObject({ total: 5, unread: [{ entities: 'shops' }] });
  });

  test('may come in time', async () => {
    const jobs = bench();
    await createRun(jobs);
    await doJob(jobs, plan);
    jobs.origin.page = () => pageOf([{ market: 'm9' }]);
    await jobs.clock.advance(10_000);
    await doJob(jobs, plan);
    expect(await current(jobs)).toMatchObject({ total: 6, unread: [] });
  });

  test('is done without at once where its origin wants no call for longer', async () => {
    const jobs = bench();
    jobs.origin.page = () => {
      throw new OriginError('throttled', 'answered 429', { retryAt: jobs.clock.now() + 600_000 });
    };
    await createRun(jobs);
    expect(await doJob(jobs, plan)).toEqual({ kind: 'done' });
    expect(await current(jobs)).toMatchObject({ total: 5, unread: [{ entities: 'shops' }] });
  });

  test('is for the queue to try again where there is nothing else', async () => {
    const jobs = bench(false);
    await createRun(jobs);
    await expect(doJob(jobs, plan)).rejects.toMatchObject({ code: 'E_ENTITIES_UNAVAILABLE' });
  });
});
