import { describe, expect, test } from 'vitest';
import { LONGEST_VALUE } from '../../src/core/key.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { csvOf, keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { createRun, current, manifest, plannedRun, RUN } from './run.steps.ts';

const QUOTE = sourceWith({ name: 'quote', temperature: 'hot', origin: 'ticker' });
const PROFILE = sourceWith({ name: 'profile', temperature: 'cold' });

describe('a plan', () => {
  test('writes the manifest in chunks of one source, and queues each on the lane of its origin', async () => {
    const jobs = buildJobs({ sources: [QUOTE, PROFILE], entities: { markets: marketsCsv(6) } });
    const run = await plannedRun(jobs);
    expect(run).toMatchObject({ state: 'running', total: 12, pending: 12, chunks: 4 });
    const [quotes, profiles] = [keysOf(6, 'quote'), keysOf(6, 'profile')];
    expect(await manifest(jobs)).toEqual([
      quotes.slice(0, 4),
      quotes.slice(4),
      profiles.slice(0, 4),
      profiles.slice(4),
    ]);
    expect(jobs.added.map(({ id, lane, priority }) => `${lane} ${id} ${priority}`)).toEqual([
      'ticker warm-r1-0 41',
      'ticker warm-r1-1 41',
      'markets warm-r1-2 43',
      'markets warm-r1-3 43',
    ]);
    expect((await jobs.queue.counts('ticker')).waiting).toBe(2);
  });

  test('makes the catalog expect every key, not due by itself for the time being', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    const records = await jobs.catalog.get('profile', keysOf(10));
    expect(new Set(records.map((record) => record?.dueAt))).toEqual(new Set([jobs.clock.now() + 600_000]));
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), jobs.clock.now() + 1, 10)).toEqual([]);
  });

  test('that is made twice is the same manifest, and adds no job twice', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs);
    const first = await manifest(jobs);
    await jobs.planner.plan(RUN, NEVER);
    expect(await manifest(jobs)).toEqual(first);
    expect(await current(jobs)).toMatchObject({ total: 10, pending: 10, chunks: 3 });
    expect((await jobs.queue.counts('markets')).waiting).toBe(3);
  });

  test('that died before the run began is made again from the start, and is whole', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.runs.addChunk(RUN, 0, 'profile', ['profile:m0', 'profile:left', 'profile:over']);
    await jobs.planner.plan(RUN, NEVER);
    expect((await manifest(jobs)).flat()).toEqual(keysOf(10));
  });

  test('that died after the run began queues what was not queued, on its own lane', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.runs.addChunk(RUN, 0, 'profile', ['profile:m0']);
    await jobs.runs.addChunk(RUN, 1, 'unconfigured', ['unconfigured:m0']);
    await jobs.runs.begin(RUN, 2, 2, jobs.clock.now());
    await jobs.planner.plan(RUN, NEVER);
    expect(jobs.added.map(({ id, lane }) => `${lane} ${id}`)).toEqual([
      'markets warm-r1-0',
      'control warm-r1-1',
    ]);
  });

  test.each([
    [1, [1]],
    [4, [4]],
    [5, [4, 1]],
    [100, [4, 4, 2]],
  ])('of at most %i keys has chunks of %j', async (limit, sizes) => {
    const jobs = buildJobs();
    await plannedRun(jobs, { limit });
    const chunks = await manifest(jobs);
    expect(chunks.map(({ length }) => length)).toEqual(sizes);
    expect(chunks.flat()).toEqual(keysOf(10).slice(0, limit));
  });

  test('counts its limit over all sources', async () => {
    const jobs = buildJobs({ sources: [QUOTE, PROFILE], entities: { markets: marketsCsv(3) } });
    await plannedRun(jobs, { limit: 4 });
    expect((await manifest(jobs)).flat()).toEqual([...keysOf(3, 'quote'), 'profile:m0']);
  });

  test.each([
    [1, 200, [200, 200, 100]],
    [10, 200, [200, 200, 100]],
    [100, 200, [500]],
    [60, 4, [300, 200]],
    [1_000, 4, [500]],
  ])('with %i keys per call and chunks of %i has chunks of %j', async (keysPerCall, chunkSize, sizes) => {
    const sources = [sourceWith({ keysPerCall })];
    const jobs = buildJobs({ sources, chunkSize, entities: { markets: marketsCsv(500) } });
    await plannedRun(jobs);
    expect((await manifest(jobs)).map(({ length }) => length)).toEqual(sizes);
  });

  test('of no keys goes straight on to be verified', async () => {
    const jobs = buildJobs();
    const run = await plannedRun(jobs, { selector: 'prefix=nothing' });
    expect(run).toMatchObject({ state: 'verifying', total: 0, chunks: 0 });
    expect(jobs.added.map(({ id }) => id)).toEqual(['verify-r1']);
  });

  test('has the catalog remember the params that a key cannot give back, of its own keys only', async () => {
    const long = (letter: string) => letter.repeat(LONGEST_VALUE + 1);
    const entities = { markets: csvOf([['market'], ['a'], [long('b')], [long('c')]]) };
    const jobs = buildJobs({ entities });
    await plannedRun(jobs, { limit: 2 });
    const key = (market: string) => PROFILE.key.build({ market });
    const recalled = await jobs.catalog.recall('profile', [key('a'), key(long('b')), key(long('c'))]);
    expect(recalled).toEqual([undefined, { market: long('b') }, undefined]);
  });

  test('of a run that was stopped meanwhile queues nothing', async () => {
    const jobs = buildJobs();
    await createRun(jobs);
    await jobs.runs.stop(RUN, 'stopped', '', jobs.clock.now());
    await jobs.planner.plan(RUN, NEVER);
    expect(jobs.added).toEqual([]);
    expect(await current(jobs)).toMatchObject({ state: 'ended', endedReason: 'stopped' });
  });

  test('of a run that does not exist is refused', async () => {
    await expect(buildJobs().planner.plan('nobody', NEVER)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});
