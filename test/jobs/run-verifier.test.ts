import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { ABSENT, bodyOf, errorOf } from '../support/scripted-origin.ts';
import { GRACE, keysOf, marketsCsv, TTL } from '../support/sources.ts';
import { inTiers, loseAll, loseIn, NEVER, warm } from '../warming/warm.steps.ts';
import { createRun, current, doJob, outcomeCodes, plannedRun, RUN, warmChunk } from './run.steps.ts';

const KEYS = keysOf(4);
const ALL = { warm: 4, total: 4 };

/** A run of one chunk of four keys, all of them warmed. */
async function warmedRun(): Promise<Jobs> {
  const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
  await plannedRun(jobs);
  await doJob(jobs, warmChunk(0));
  return jobs;
}

async function verify(jobs: Jobs) {
  await doJob(jobs, { step: 'verify', run: RUN });
  return current(jobs);
}

describe('a run that is verified', () => {
  test('ends as finished, with its coverage in every tier', async () => {
    const jobs = await warmedRun();
    const run = await verify(jobs);
    expect(run).toMatchObject({ state: 'ended', endedReason: 'finished', endedNote: '' });
    expect(run.coverage).toEqual({ memory: ALL, redis: ALL, disk: ALL });
    expect(jobs.log.seen).toContainEqual({ name: 'run:ended', payload: { run: RUN, reason: 'finished' } });
  });

  test.each(['shared', 'disk', 'memory'] as const)(
    'fills the tier %s, which lost keys, without a call to the origin',
    async (tier) => {
      const jobs = await warmedRun();
      await loseIn(jobs, tier, KEYS.slice(1), KEYS);
      const before = await jobs[tier].getMany(KEYS, 'head', NEVER);
      expect(before.filter((entry) => entry !== undefined)).toHaveLength(1);
      const run = await verify(jobs);
      expect(run.counts).toEqual(countsOf({ warmed: 4 }));
      expect(run.coverage).toEqual({ memory: ALL, redis: ALL, disk: ALL });
      for (const key of KEYS) expect((await inTiers(jobs, key)).every(Boolean)).toBe(true);
      expect(jobs.origin.asked).toHaveLength(4);
    },
  );

  test('calls keys failed that every backing tier has lost, and says so', async () => {
    const jobs = await warmedRun();
    for (const tier of ['shared', 'disk'] as const) await loseIn(jobs, tier, KEYS.slice(0, 2), KEYS);
    const run = await verify(jobs);
    expect(await outcomeCodes(jobs)).toBe('ffww');
    expect(run.counts).toEqual(countsOf({ warmed: 2, failed: 2 }));
    expect(run.endedNote).toBe('2 keys were written and then lost from every tier');
    expect(run.coverage.redis).toEqual({ warm: 2, total: 4 });
  });

  test('fetches keys again that were dropped since they were warmed, and ends as that ends', async () => {
    const jobs = await warmedRun();
    const stamp = await jobs.ledger.stamp('markets');
    const dropped = KEYS.slice(0, 2).map((key) => ({ kind: 'put', entry: tombstoneOf(key, stamp) }) as const);
    await jobs.stack.putMany(dropped, NEVER);
    jobs.origin.answerEach(({ key }) =>
      key === KEYS[1] ? errorOf('permanent', 'answered 403') : bodyOf('"again"'),
    );
    const run = await verify(jobs);
    expect(await outcomeCodes(jobs)).toBe('wfww');
    expect(run.endedNote).toBe('1 key was dropped meanwhile, and could not be fetched again');
    expect(run.coverage.redis).toEqual({ warm: 3, total: 4 });
  });

  test('calls keys failed that are gone', async () => {
    const jobs = await warmedRun();
    const stamp = (jobs.clock.now() + 1) * 1_000;
    const goneAt = jobs.clock.now();
    const gone = entryOf(KEYS[1] ?? '', '1', { stamp, goneAt, staleAt: goneAt, dueAt: goneAt });
    await jobs.stack.putMany([{ kind: 'put', entry: gone }], NEVER);
    await verify(jobs);
    expect(await outcomeCodes(jobs)).toBe('wfww');
  });

  test('does not call a value lost that went stale while the run lasted', async () => {
    const jobs = await warmedRun();
    await jobs.clock.advance(TTL + GRACE / 2);
    expect((await verify(jobs)).counts).toEqual(countsOf({ warmed: 4 }));
  });

  test('takes a remembered absence for what was promised', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    jobs.origin.answerEach(() => ABSENT);
    await plannedRun(jobs);
    await doJob(jobs, warmChunk(0));
    expect((await verify(jobs)).counts).toEqual(countsOf({ absent: 4 }));
  });

  test('does not look for keys that were never promised', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    await plannedRun(jobs);
    const outcomes = ['failed', 'refused', 'excluded', 'failed'] as const;
    await jobs.runs.record(
      RUN,
      0,
      outcomes.map((outcome, index) => ({ index, outcome })),
    );
    const run = await verify(jobs);
    expect(run.counts).toEqual(countsOf({ failed: 2, refused: 1, excluded: 1 }));
    expect(run.coverage.disk).toEqual({ warm: 0, total: 4 });
  });

  test('waits for a tier that does not answer, and has it covered when it is back', async () => {
    const jobs = await warmedRun();
    jobs.shared.chaos.down = true;
    const at = jobs.clock.now() + 1_000;
    const again = await doJob(jobs, { step: 'verify', run: RUN });
    expect(again).toEqual({ kind: 'later', at, reason: 'a tier does not answer' });
    expect(await current(jobs)).toMatchObject({ state: 'verifying' });
    jobs.shared.chaos.down = false;
    expect((await verify(jobs)).coverage).toEqual({ memory: ALL, redis: ALL, disk: ALL });
  });

  test('believes no key lost that a tier which does not answer may have', async () => {
    const jobs = await warmedRun();
    await loseIn(jobs, 'shared', KEYS, KEYS);
    jobs.disk.chaos.down = true;
    await verify(jobs);
    jobs.disk.chaos.down = false;
    const run = await verify(jobs);
    expect(run.counts).toEqual(countsOf({ warmed: 4 }));
    expect(run.coverage).toEqual({ memory: ALL, redis: ALL, disk: ALL });
  });

  test('reports a tier that does not answer for long as not covered, and ends all the same', async () => {
    const jobs = await warmedRun();
    jobs.shared.chaos.down = true;
    await verify(jobs);
    await jobs.clock.advance(5_000);
    const run = await verify(jobs);
    expect(run.coverage).toMatchObject({ redis: { warm: 0, total: 4 }, disk: ALL });
    expect(run.counts).toEqual(countsOf({ warmed: 4 }));
  });

  test('is not called done while no tier answers: the job is tried again', async () => {
    const jobs = await warmedRun();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(verify(jobs)).rejects.toThrow(/no tier answered/);
    expect(await current(jobs)).toMatchObject({ state: 'verifying', counts: { warmed: 4 } });
  });

  test('twice is verified once', async () => {
    const jobs = await warmedRun();
    const { revision } = await verify(jobs);
    await loseAll(jobs);
    expect(await verify(jobs)).toMatchObject({ revision, counts: { warmed: 4 } });
  });

  test('of no keys ends as finished', async () => {
    const jobs = buildJobs();
    await plannedRun(jobs, { selector: 'prefix=nothing' });
    expect(await verify(jobs)).toMatchObject({ state: 'ended', endedReason: 'finished', total: 0 });
  });
});

test('a run that is not to be verified yet, or does not exist, is left alone', async () => {
  const jobs = buildJobs();
  await createRun(jobs);
  expect(await verify(jobs)).toMatchObject({ state: 'planning' });
  await jobs.verifier.verify('nobody', NEVER);
});

test('a warm that a run promised is believed only as far as tiers show it', async () => {
  // The liar: a run whose outcomes were recorded without anything being written.
  const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
  await plannedRun(jobs);
  const lie = KEYS.map((_, index) => ({ index, outcome: 'warmed' as const }));
  await jobs.runs.record(RUN, 0, lie);
  expect((await verify(jobs)).counts).toEqual(countsOf({ failed: 4 }));
  expect((await warm(jobs, { keys: KEYS })).ended).toMatchObject({ 'profile:m0': 'warmed' });
});
