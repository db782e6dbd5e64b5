import { describe, expect, test, vi } from 'vitest';
import { buildJobs } from '../support/build-jobs.ts';
import { bodyOf, UNCHANGED } from '../support/scripted-origin.ts';
import { sourceWith } from '../support/sources.ts';
import { inTiers, ONE, warm } from './warm.steps.ts';

const [KEY = ''] = ONE;
const TAGS = [sourceWith({ template: 'region:{region}' }).key];
const region = (name: string) => new Map([[KEY, { market: 'm0', region: name }]]);

/** A value that was fetched while its row said `west`; the origin has a validator for it. */
async function fetchedInTheWest() {
  const jobs = buildJobs({ sources: [sourceWith({ tags: TAGS })] });
  jobs.origin.answerEach(({ known }) => (known === undefined ? bodyOf('"v"', { etag: '"e"' }) : UNCHANGED));
  await jobs.catalog.remember('profile', region('west'));
  await warm(jobs, { params: region('west') });
  await jobs.clock.advance(1_000);
  return jobs;
}

const tagsIn = async (jobs: Awaited<ReturnType<typeof fetchedInTheWest>>) =>
  (await inTiers(jobs)).map((entry) => entry?.head.tags);

describe('a value whose row gives another tag than when it was fetched', () => {
  test('is fetched whole, however fresh it is, and has the new tag in every tier', async () => {
    const jobs = await fetchedInTheWest();
    expect((await warm(jobs, { params: region('east') })).ended).toEqual({ [KEY]: 'warmed' });
    expect(jobs.origin.calls[1]?.requests[0]).toMatchObject({ params: { region: 'east' } });
    expect(jobs.origin.calls[1]?.requests[0]?.known).toBeUndefined();
    expect(await tagsIn(jobs)).toEqual([['region:east'], ['region:east'], ['region:east']]);
    await jobs.clock.advance(1_000);
    expect((await warm(jobs, { params: region('east') })).ended).toEqual({ [KEY]: 'already-warm' });
  });

  test('is so too where only the catalog knows of it, and where its refresh would be "unchanged"', async () => {
    const jobs = await fetchedInTheWest();
    await jobs.catalog.remember('profile', region('east'));
    expect((await warm(jobs, { options: { reason: 'force' } })).ended).toEqual({ [KEY]: 'warmed' });
    expect(await tagsIn(jobs)).toEqual([['region:east'], ['region:east'], ['region:east']]);
  });

  test('is left alone while the row says the same, and asked for by its validator', async () => {
    const jobs = await fetchedInTheWest();
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'already-warm' });
    expect((await warm(jobs, { options: { reason: 'force' } })).ended).toEqual({ [KEY]: 'unchanged' });
    expect(await tagsIn(jobs)).toEqual([['region:west'], ['region:west'], ['region:west']]);
  });

  test('is left alone where a run wants only what is missing and it is stale', async () => {
    const jobs = await fetchedInTheWest();
    await jobs.clock.advance(100_000);
    const { ended } = await warm(jobs, { params: region('east'), options: { reason: 'missing' } });
    expect(ended).toEqual({ [KEY]: 'excluded' });
  });

  test('is looked up in the catalog once, and not again when it is fetched', async () => {
    const jobs = await fetchedInTheWest();
    await jobs.catalog.remember('profile', region('east'));
    const recall = vi.spyOn(jobs.catalog, 'recall');
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(recall).toHaveBeenCalledTimes(1);
    expect(jobs.origin.calls[1]?.requests[0]).toMatchObject({ params: { region: 'east' } });
  });
});
