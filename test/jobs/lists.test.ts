/** Runs and `gc` over an entity set that is the list of an origin. */
import { describe, expect, test } from 'vitest';
import { entitySetOptions } from '../../src/catalog/entities/options.ts';
import { OriginError } from '../../src/core/errors.ts';
import { anyKind } from '../../src/jobs/job.ts';
import { executor } from '../../src/workers/executor.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { pageOf } from '../support/scripted-origin.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { createRun, manifest, RUN } from './run.steps.ts';

const MINUTE = 60_000;

function bench() {
  return buildJobs({
    entities: { shops: entitySetOptions.parse({ origin: 'markets', id: 'market' }) },
    lists: new Map([['shops', { origin: 'markets', options: {} }]]),
  });
}

const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ market: `m${i}` }));
const plan = (jobs: Jobs) =>
  executor({ ...jobs, kinds: [anyKind(jobs.prefetch)] })({
    ...{ id: 'j', kind: 'prefetch', lane: 'control', payload: { step: 'plan', run: RUN } },
    ...{ attempt: 1, lastAttempt: false, signal: NEVER },
  });

describe('a run', () => {
  test('has a key for each row of each page', async () => {
    const jobs = bench();
    jobs.origin.page = (n) => pageOf(rows(20).slice(n * 8, n * 8 + 8), n === 2);
    await createRun(jobs);
    expect(await plan(jobs)).toEqual({ kind: 'done' });
    expect((await manifest(jobs)).flat()).toHaveLength(20);
  });

  test('waits for a list whose origin says when to come back, at the cost of no attempt', async () => {
    const jobs = bench();
    const retryAt = jobs.clock.now() + 600_000;
    jobs.origin.page = () => {
      throw new OriginError('throttled', 'answered 429', { retryAt });
    };
    await createRun(jobs);
    expect(await plan(jobs)).toMatchObject({ kind: 'later', at: expect.any(Number) });
    expect(await jobs.runs.get(RUN)).toMatchObject({ state: 'planning' });
  });

  test('ends at once with the reason where no retry would bring the list', async () => {
    const jobs = bench();
    jobs.origin.page = () => {
      throw new OriginError('permanent', 'GET /shops answered 403');
    };
    await createRun(jobs);
    expect(await plan(jobs)).toEqual({ kind: 'done' });
    expect(await jobs.runs.get(RUN)).toMatchObject({
      endedReason: 'failed',
      endedNote: 'plan: E_ENTITIES_INVALID: entity set "shops", origin "markets": GET /shops answered 403',
    });
  });
});

describe('gc forgets nothing', () => {
  test.each<[string, (jobs: Jobs) => void]>([
    [
      'while the list breaks off',
      ({ origin }) => {
        origin.page = (n) => {
          if (n === 1) throw new OriginError('permanent', 'answered 500');
          return pageOf(rows(3), false);
        };
      },
    ],
    [
      'while the list is half of what it was',
      ({ origin }) => {
        origin.page = () => pageOf(rows(10));
      },
    ],
    [
      'while the list is empty',
      ({ origin }) => {
        origin.page = () => pageOf([]);
      },
    ],
  ])('%s', async (_, spoil) => {
    const jobs = bench();
    jobs.origin.page = () => pageOf(rows(20));
    await createRun(jobs);
    await plan(jobs);
    spoil(jobs);
    await jobs.clock.advance(11 * MINUTE);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0 });
    expect(await jobs.catalog.size('profile', jobs.clock.now())).toMatchObject({ keys: 20 });
    expect(jobs.log.seen.some(({ name }) => name === 'problem')).toBe(true);
  });

  test('but a few rows that a whole list has no more', async () => {
    const jobs = bench();
    jobs.origin.page = () => pageOf(rows(20));
    await createRun(jobs);
    await plan(jobs);
    jobs.origin.page = () => pageOf(rows(18));
    await jobs.clock.advance(11 * MINUTE);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 2 });
  });
});
