/** Warming, and what fences have to say about it. */
import { describe, expect, test } from 'vitest';
import type { InvalidationMode } from '../../src/core/invalidation-mode.ts';
import { KeyTemplate } from '../../src/core/key.ts';
import { ofSource, ofTag } from '../../src/tiers/invalidation/fences.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { bodyOf, UNCHANGED } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { bodies, expected, NEVER, ONE, warm } from '../warming/warm.steps.ts';

const [KEY = ''] = ONE;
const SOURCE = sourceWith({ tags: [KeyTemplate.parse('market:{market}'), KeyTemplate.parse('all-markets')] });
const MODES: readonly InvalidationMode[] = ['drop', 'stale'];

/** A key that is warm since ten seconds, with an ETag. */
async function warmed(keys = ONE): Promise<Jobs> {
  const jobs = buildJobs({ sources: [SOURCE] });
  jobs.origin.answerEach(() => bodyOf('"old"', { etag: '"1"' }));
  await expected(jobs, keys);
  await warm(jobs, { keys });
  await jobs.clock.advance(10_000);
  return jobs;
}

async function read({ stack }: Jobs, key = KEY): Promise<string | undefined> {
  const [entry] = await stack.getMany([key], 'entry', NEVER);
  return entry === undefined || entry.head.kind === 'dropped'
    ? undefined
    : Buffer.from(entry.body).toString();
}

/** Warms the key while `meanwhile` happens between the call and its answer. */
async function duringFetch(jobs: Jobs, meanwhile: () => Promise<unknown>) {
  const held = jobs.origin.hold();
  const warming = warm(jobs, { options: { reason: 'force' } });
  await held.arrived();
  await meanwhile();
  held.release();
  return warming;
}

describe('a fence on a tag', () => {
  test('makes the keys that carry it cold, and a warm run fetches them, and no others', async () => {
    const jobs = await warmed(keysOf(5));
    await jobs.fences.raise([ofTag('market:m3')], 'drop');
    jobs.origin.calls.length = 0;
    const { ended } = await warm(jobs, { keys: keysOf(5) });
    expect(jobs.origin.asked).toEqual(['profile:m3']);
    expect(ended['profile:m3']).toBe('warmed');
    expect(ended['profile:m2']).toBe('already-warm');
    expect((await warm(jobs, { keys: keysOf(5) })).ended['profile:m3']).toBe('already-warm');
  });

  test('that drops asks the origin without conditions: "unchanged" would bring the value back', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([ofTag('market:m0')], 'drop');
    await warm(jobs);
    expect(jobs.origin.calls.at(-1)?.requests).toMatchObject([{ key: KEY, known: undefined }]);
  });

  test('that makes stale asks whether the value is current, which then is fresh again', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([ofTag('market:m0')], 'stale');
    expect(await read(jobs)).toBe('"old"');
    jobs.origin.answerEach(() => UNCHANGED);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'unchanged' });
    expect(jobs.origin.calls.at(-1)?.requests).toMatchObject([{ known: { etag: '"1"' } }]);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'already-warm' });
  });

  test.each(MODES)(
    'that was raised while a value was fetched keeps it out, and it is fetched again: %s',
    async (mode) => {
      const jobs = await warmed();
      let calls = 0;
      jobs.origin.answerEach(() => {
        calls += 1;
        return bodyOf(calls === 1 ? '"too early"' : '"late"');
      });
      const { ended, unfinished } = await duringFetch(jobs, () =>
        jobs.fences.raise([ofTag('market:m0')], mode),
      );
      expect({ ended, unfinished }).toEqual({ ended: { [KEY]: 'warmed' }, unfinished: [] });
      expect(await read(jobs)).toBe('"late"');
    },
  );

  test('that was raised after a value was looked up, and before it is confirmed, keeps it dropped', async () => {
    const jobs = await warmed();
    const { originCaller } = jobs;
    // Raised after the survey and before the permit: its stamp is lower than that of the call.
    const call = originCaller.call.bind(originCaller);
    originCaller.call = async (...asked) => {
      await jobs.fences.raise([ofTag('market:m0')], 'drop');
      return call(...asked);
    };
    jobs.origin.answerEach(() => UNCHANGED);
    const { ended, unfinished } = await warm(jobs, { options: { reason: 'force' } });
    const reason = 'the origin said "unchanged" of a value that is not stored';
    expect({ ended, unfinished }).toEqual({ ended: {}, unfinished: [{ index: 0, reason }] });
    expect(await read(jobs)).toBeUndefined();
  });

  test('that cannot be asked for lets nothing be extended', async () => {
    const jobs = await warmed();
    jobs.fences.sync = async () => false;
    jobs.origin.answerEach(() => UNCHANGED);
    const { ended, unfinished } = await warm(jobs, { options: { reason: 'force' } });
    expect(ended).toEqual({});
    expect(unfinished).toEqual([
      { index: 0, reason: 'the jobs Redis does not tell whether it was invalidated', blameless: true },
    ]);
    const invalidating = jobs.invalidate.apply(SOURCE, ONE, 'stale', 1, NEVER);
    await expect(invalidating).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });

  test('that was raised while a key was settled makes it due once more', async () => {
    const jobs = await warmed();
    const { catalog } = jobs;
    const settle = catalog.settle.bind(catalog);
    catalog.settle = async (...settled) => {
      await jobs.fences.raise([ofTag('market:m0')], 'drop');
      await settle(...settled);
    };
    await warm(jobs, { options: { reason: 'force' } });
    expect((await catalog.get('profile', ONE))[0]?.dueAt).toBe(jobs.clock.now());
  });
});

describe('an invalidation of a key', () => {
  test('to stale does not bring back what a fence dropped, in any tier', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([ofSource('profile')], 'drop');
    await jobs.clock.advance(1_000);
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stamp, NEVER);
    expect(await read(jobs)).toBeUndefined();
    expect(await bodies(jobs)).not.toContain('"old"');
  });
});

test('a value that was extended is told on the bus, and one that was written is not', async () => {
  const jobs = await warmed();
  const extensions = () => jobs.redis.xlen(`${jobs.prefix}:{bus}:extensions`);
  expect(await extensions()).toBe(0);
  jobs.origin.answerEach(() => UNCHANGED);
  await warm(jobs, { options: { reason: 'force' } });
  expect(await extensions()).toBe(1);
});

test('fences that are raised in several steps promise no more than the lowest of them', async () => {
  const jobs = await warmed();
  const tags = Array.from({ length: 2_500 }, (_, i) => ofTag(`t${i}`));
  const stamp = await jobs.invalidate.raise(tags, 'drop');
  const entry = { key: KEY, source: SOURCE.name };
  const isHidden = (tag: number, at: number) =>
    jobs.stack.fences.modeOf({ ...entry, tags: [`t${tag}`], stamp: at }) === 'drop';
  // What began to be fetched between the first and the last is hidden by the last, and by no other.
  expect([0, 1_200, 2_499].map((tag) => isHidden(tag, stamp - 1))).toEqual([true, true, true]);
  expect([0, 2_499].map((tag) => isHidden(tag, stamp))).toEqual([false, true]);
});
