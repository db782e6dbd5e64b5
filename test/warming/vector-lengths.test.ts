import { describe, expect, test } from 'vitest';
import { bodyOf } from '../../src/core/body.ts';
import type { BodyFormat } from '../../src/core/entry.ts';
import type { Fetched } from '../../src/origins/origin.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { NEVER, warm } from './warm.steps.ts';

const KEYS = keysOf(4);

/** Vectors of `profile`, asked for four at a time; `lengths` are those that the origin gives, by key. */
function vectors(format: BodyFormat = 'float32') {
  const jobs = buildJobs({ sources: [sourceWith({ format, keysPerCall: 4 })] });
  const lengths = new Map<string, number>();
  const given = (key: string): Fetched => {
    const numbers = lengths.get(key) ?? 3;
    return { kind: 'body', body: bodyOf(format, Array(numbers).fill(0.5)), numbers };
  };
  jobs.origin.answerEach(({ key }) => given(key));
  const force = { reason: 'force' } as const;
  return { jobs, lengths, again: (keys = KEYS) => warm(jobs, { keys, options: force }) };
}

async function lengthsIn({ shared }: ReturnType<typeof vectors>['jobs'], keys = KEYS) {
  const entries = await shared.getMany(keys, 'entry', NEVER);
  return entries.map((entry) => entry?.head.bodyBytes);
}

const refusal = (numbers: string, others: number) =>
  expect.stringContaining(
    `refused: its vector has ${numbers}, and others of source "profile" have ${others}`,
  );

describe('a vector of another length than the others of its source is refused', () => {
  test('in one answer, where most have another; the others are stored', async () => {
    const { jobs, lengths } = vectors();
    lengths.set('profile:m0', 2);
    const { ended } = await warm(jobs, { keys: KEYS });
    expect(Object.values(ended)).toEqual([refusal('2 numbers', 3), 'warmed', 'warmed', 'warmed']);
    expect(await lengthsIn(jobs)).toEqual([undefined, 12, 12, 12]);
  });

  test('beside what is stored, however many the origin gives; the old values stay', async () => {
    const { jobs, lengths, again } = vectors();
    await again();
    await jobs.clock.advance(1);
    for (const key of KEYS) lengths.set(key, 1);
    const { ended } = await again();
    expect(Object.values(ended)).toEqual(Array(4).fill(refusal('1 number', 3)));
    expect(await lengthsIn(jobs)).toEqual([12, 12, 12, 12]);
  });

  test('where its own key has no value yet', async () => {
    const { lengths, again } = vectors();
    await again(KEYS.slice(0, 2));
    await again(KEYS.slice(0, 1));
    lengths.set('profile:m3', 5);
    expect((await again(KEYS.slice(3))).ended).toEqual({ 'profile:m3': refusal('5 numbers', 3) });
  });

  test('in a format whose heads do not say the length, as soon as others were given', async () => {
    const { jobs, lengths, again } = vectors('json');
    await again(KEYS.slice(0, 3));
    lengths.set('profile:m3', 5);
    expect((await again(KEYS.slice(3))).ended).toEqual({ 'profile:m3': refusal('5 numbers', 3) });
    expect((await jobs.shared.getMany(KEYS.slice(3), 'head', NEVER))[0]).toBeUndefined();
  });
});

test('one odd vector that came first does not stand for the source', async () => {
  const { lengths, again } = vectors('json');
  lengths.set('profile:m0', 1);
  await again(KEYS.slice(0, 1));
  await again(KEYS.slice(1));
  expect((await again(KEYS.slice(1))).ended).toMatchObject({
    'profile:m1': 'warmed',
    'profile:m2': 'warmed',
  });
});

test('what was dropped says nothing of the next model', async () => {
  const { jobs, lengths, again } = vectors();
  await again();
  const stamp = await jobs.ledger.stamp('markets');
  await jobs.clock.advance(1);
  const source = jobs.sources.get('profile') ?? sourceWith();
  await jobs.invalidate.apply(source, KEYS, 'drop', stamp, NEVER);
  for (const key of KEYS) lengths.set(key, 6);
  expect(Object.values((await again()).ended)).toEqual(Array(4).fill('warmed'));
  expect(await lengthsIn(jobs)).toEqual([24, 24, 24, 24]);
});

test('other sources, and vectors whose length is configured, are not compared', async () => {
  const { jobs, again } = vectors();
  await again();
  await jobs.clock.advance(1);
  jobs.origin.answerEach(() => ({ kind: 'body', body: bodyOf('float32', [1, 2]) }));
  expect(Object.values((await again()).ended)).toEqual(Array(4).fill('warmed'));
});
