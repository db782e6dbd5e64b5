/** Work that this process lacks something for is left to a worker that has it, and is lost only where nobody has. */
import { describe, expect, test } from 'vitest';
import { PLAIN_RUN } from '../../src/catalog/runs/runs.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { digestOfNames, type KnownNames } from '../../src/core/known-names.ts';
import { HandBack } from '../../src/jobs/hand-back.ts';
import type { RefreshPayload } from '../../src/jobs/refresh.ts';
import { beatOf } from '../contract/registry.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { marketsCsv } from '../support/sources.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { createRun, doJob, outcomeCodes, RUN, warmChunk } from './run.steps.ts';

const NEWER: KnownNames = { sources: { profile: 'warm', b: 'warm' }, entities: ['places'] };

async function worker(jobs: Jobs, id: string, knows: KnownNames | undefined): Promise<void> {
  await jobs.registry.beat({ ...beatOf(id, jobs.clock.now()), ...(knows !== undefined && { knows }) });
}

/** A run of a source that this process does not know, as another one planned it. */
async function foreignRun(jobs: Jobs): Promise<void> {
  await createRun(jobs);
  await jobs.runs.addChunk(RUN, 0, 'b', ['b:m0', 'b:m1']);
  await jobs.runs.begin(RUN, 1, 2, jobs.clock.now());
}

describe('a chunk of a source that is not configured here', () => {
  test('is handed back untouched while a live worker knows the source, and that is said once', async () => {
    const jobs = buildJobs();
    await foreignRun(jobs);
    await worker(jobs, 'new', NEWER);
    for (let i = 0; i < 3; i += 1) {
      expect(await doJob(jobs, warmChunk(0))).toMatchObject({ kind: 'later', at: jobs.clock.now() + 1_000 });
    }
    expect(await outcomeCodes(jobs)).toBe('..');
    expect(jobs.log.seen.filter(({ name }) => name === 'job:handed-back')).toEqual([
      { name: 'job:handed-back', payload: { reason: 'source "b" is not configured in this worker' } },
    ]);
  });

  test('is handed back to a worker of a version that does not tell what it knows', async () => {
    const jobs = buildJobs();
    await foreignRun(jobs);
    await worker(jobs, 'old', undefined);
    expect(await doJob(jobs, warmChunk(0))).toMatchObject({ kind: 'later' });
  });

  test.each<[string, (jobs: Jobs) => Promise<unknown>]>([
    ['nobody is there', async () => undefined],
    ['those that live do not know it', (jobs) => worker(jobs, 'p', { sources: {}, entities: [] })],
    [
      'the one that knew it is gone',
      async (jobs) => {
        await worker(jobs, 'p', NEWER);
        await jobs.clock.advance(20_000);
      },
    ],
  ])('fails its keys when %s', async (_, prepare) => {
    const jobs = buildJobs();
    await foreignRun(jobs);
    await prepare(jobs);
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'done' });
    expect(await outcomeCodes(jobs)).toBe('ff');
  });
});

describe('a refresh', () => {
  test('of a source that is not configured here is handed back', async () => {
    const jobs = buildJobs();
    await worker(jobs, 'new', NEWER);
    const works: RefreshPayload[] = [
      { step: 'warm', source: 'b', keys: ['b:m0'] },
      { step: 'source', source: 'b' },
    ];
    for (const work of works) {
      expect(await jobs.refresh.run(work, { id: 'j', signal: NEVER })).toMatchObject({ kind: 'later' });
      await jobs.registry.leave('new');
      expect(await jobs.refresh.run(work, { id: 'j', signal: NEVER })).toEqual({ kind: 'done' });
      await worker(jobs, 'new', NEWER);
    }
  });

  test('by a tick leaves sources that only others know to them', async () => {
    const jobs = buildJobs();
    await worker(jobs, 'new', NEWER);
    await jobs.refresh.run({ step: 'tick', temperature: 'warm' }, { id: 'tick', signal: NEVER });
    await jobs.refresh.run({ step: 'tick', temperature: 'hot' }, { id: 'other', signal: NEVER });
    expect(jobs.added.map(({ id, payload }) => ({ id, payload }))).toEqual([
      { id: 'tick-b', payload: { step: 'source', source: 'b' } },
    ]);
  });
});

describe('a job that fails for want of something', () => {
  function create() {
    const jobs = buildJobs();
    const handBack = new HandBack(jobs);
    return { ...jobs, handBack };
  }

  test('that another worker has is handed back: a source or an entity set of its selector', async () => {
    const jobs = create();
    const errors = [{ source: 'b' }, { 'entity set': 'places' }].map(
      (details) => new ForewarmError('E_SELECTOR_INVALID', 'not configured', { details }),
    );
    for (const error of errors) expect(await jobs.handBack.ofError(error)).toBeUndefined();
    await worker(jobs, 'new', NEWER);
    for (const error of errors) expect(await jobs.handBack.ofError(error)).toMatchObject({ kind: 'later' });
  });

  test('a file that cannot be read, is left to other workers for a while', async () => {
    const jobs = create();
    const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    const error = new ForewarmError('E_ENTITIES_INVALID', 'entity set "places"', { cause });
    await worker(jobs, 'me', NEWER);
    expect(await jobs.handBack.ofError(error)).toBeUndefined();
    await worker(jobs, 'other', NEWER);
    expect(await jobs.handBack.ofError(error)).toMatchObject({ kind: 'later' });
    await jobs.clock.advance(10_000);
    expect(await jobs.handBack.ofError(error)).toMatchObject({ kind: 'later' });
    await jobs.clock.advance(5_001);
    for (const id of ['me', 'other']) await worker(jobs, id, NEWER);
    expect(await jobs.handBack.ofError(error)).toBeUndefined();
  });

  test('the plan of a run whose list only this worker lacks is handed back, and fails when all have had their chance', async () => {
    const jobs = buildJobs({ entities: { markets: { ...marketsCsv(1), csv: '/nowhere/markets.csv' } } });
    await createRun(jobs);
    const plan = () => jobs.prefetch.run({ step: 'plan', run: RUN }, { id: 'j', signal: NEVER });
    for (const id of ['me', 'other']) await worker(jobs, id, NEWER);
    expect(await plan()).toMatchObject({ kind: 'later', at: jobs.clock.now() + 1_000 });
    expect(await jobs.runs.get(RUN)).toMatchObject({ state: 'planning' });
    await jobs.registry.leave('other');
    expect(await plan()).toEqual({ kind: 'done' });
    expect(await jobs.runs.get(RUN)).toMatchObject({ endedReason: 'failed' });
  });

  test('a file that is wrong for everybody, is not', async () => {
    const jobs = create();
    for (const id of ['me', 'other']) await worker(jobs, id, NEWER);
    const error = new ForewarmError('E_ENTITIES_INVALID', 'has no column "place"', { cause: new Error('x') });
    expect(await jobs.handBack.ofError(error)).toBeUndefined();
    expect(await jobs.handBack.ofError(new TypeError('x'))).toBeUndefined();
  });
});

describe('a job of another version', () => {
  const KIND: KnownNames = { ...NEWER, jobs: ['prefetch', 'forecast'], version: '2.0.0' };

  function create() {
    const jobs = buildJobs();
    return { ...jobs, handBack: new HandBack(jobs) };
  }

  test('is handed back while a live worker has its kind', async () => {
    const jobs = create();
    expect(await jobs.handBack.ofKind('forecast')).toBeUndefined();
    await worker(jobs, 'old', undefined);
    await worker(jobs, 'same', { ...KIND, jobs: ['prefetch'] });
    expect(await jobs.handBack.ofKind('forecast')).toBeUndefined();
    await worker(jobs, 'new', KIND);
    expect(await jobs.handBack.ofKind('forecast')).toMatchObject({ kind: 'later' });
  });

  test('with a payload that is not understood is left to others for as long as a deploy takes, each job by itself', async () => {
    const jobs = create();
    await worker(jobs, 'same', { ...KIND, version: '1.0.0' });
    expect(await jobs.handBack.ofPayload('j1', 'prefetch')).toBeUndefined();
    const beat = () => worker(jobs, 'new', KIND);
    await beat();
    expect(await jobs.handBack.ofPayload('j1', 'prefetch')).toMatchObject({ kind: 'later' });
    await jobs.clock.advance(300_001);
    await beat();
    expect(await jobs.handBack.ofPayload('j2', 'prefetch')).toMatchObject({ kind: 'later' });
    expect(await jobs.handBack.ofPayload('j1', 'prefetch')).toBeUndefined();
  });
});

describe('a run that a process of another configuration made', () => {
  const [sources, entities] = [['profile', 'b'], ['places']];

  async function plan(jobs: Jobs, names: string | undefined) {
    const { run } = await createRunAs(jobs.runs, names);
    return { ending: await jobs.planner.plan(run.id, NEVER), run: await jobs.runs.get(run.id) };
  }

  function createRunAs(runs: Jobs['runs'], names: string | undefined) {
    return runs.create({
      ...{ id: RUN, selector: '', cause: 'cli', schedule: undefined, nominal: undefined, createdAt: 0 },
      ...{ named: undefined, keep: undefined, stamps: {}, options: PLAIN_RUN, names },
    });
  }

  test('is planned by a worker that has that configuration', async () => {
    const jobs = buildJobs();
    await worker(jobs, 'new', NEWER);
    const { ending, run } = await plan(jobs, digestOfNames(sources, entities));
    expect(ending).toMatchObject({ kind: 'later' });
    expect(run).toMatchObject({ state: 'planning', total: 0 });
  });

  test.each<[string, (jobs: Jobs) => Promise<unknown>, string | undefined]>([
    ['no live worker has it', async () => undefined, digestOfNames(sources, entities)],
    ['only an old one is there', (jobs) => worker(jobs, 'old', undefined), digestOfNames(sources, entities)],
    ['it is this one', (jobs) => worker(jobs, 'new', NEWER), digestOfNames(['profile'], ['markets'])],
    ['its maker did not tell', (jobs) => worker(jobs, 'new', NEWER), undefined],
  ])('is planned here when %s', async (_, prepare, names) => {
    const jobs = buildJobs();
    await prepare(jobs);
    const { ending, run } = await plan(jobs, names);
    expect(ending).toBeUndefined();
    expect(run).toMatchObject({ state: 'running', total: 10 });
  });

  test('has a digest that depends on the names, and not on their order', () => {
    expect(digestOfNames(['a', 'b'], ['c'])).toBe(digestOfNames(['b', 'a'], ['c']));
    expect(digestOfNames(['a', 'b'], ['c'])).not.toBe(digestOfNames(['a'], ['b', 'c']));
  });
});
