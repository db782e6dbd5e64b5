/** An origin that has values no more: it must say so twice, and of many at once some time apart. */
import { describe, expect, test } from 'vitest';
import type { Fetched } from '../../src/origins/origin.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { ABSENT, bodyOf } from '../support/scripted-origin.ts';
import { keysOf, sourceWith, TTL } from '../support/sources.ts';
import { inTiers, warm } from './warm.steps.ts';

const KEYS = keysOf(40);
const FORCE = { options: { reason: 'force' } } as const;
const DOUBTED: Fetched = { kind: 'absent', doubt: 'the batch answer only leaves it out' };

/** Forty keys that are warm. */
async function warmed(change: Parameters<typeof sourceWith>[0] = {}): Promise<Jobs> {
  const jobs = buildJobs({ sources: [sourceWith({ keysPerCall: 40, ...change })] });
  await jobs.catalog.track('profile', KEYS, jobs.clock.now());
  await warm(jobs, { keys: KEYS });
  await jobs.clock.advance(1_000);
  return jobs;
}

/** From now on the origin has no value of these. */
function lose(jobs: Jobs, keys: readonly string[], answer: Fetched = ABSENT): void {
  const lost = new Set(keys);
  jobs.origin.answerEach(({ key }) => (lost.has(key) ? answer : bodyOf(`"${key}"`)));
}

async function kindsIn(jobs: Jobs): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const key of KEYS) {
    const [, entry] = await inTiers(jobs, key);
    const kind = entry?.head.kind ?? 'none';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const VANISHED = (jobs: Jobs) => jobs.log.seen.filter(({ name }) => name === 'values:vanished');

describe('values that the origin has no more', () => {
  test('as few as may vanish at once are asked for once more, and then gone', async () => {
    const jobs = await warmed();
    lose(jobs, KEYS.slice(0, 4));
    const { ended } = await warm(jobs, { keys: KEYS, ...FORCE });
    expect(Object.values(ended).filter((outcome) => outcome === 'absent')).toHaveLength(4);
    expect(new Set(Object.values(ended))).toEqual(new Set(['warmed', 'absent']));
    expect(await kindsIn(jobs)).toEqual({ absent: 4, value: 36 });
    expect(jobs.origin.calls.at(-1)?.requests.map(({ key }) => key)).toEqual(KEYS.slice(0, 4));
    expect(VANISHED(jobs)).toEqual([]);
  });

  test('of an origin that thinks better of it stay', async () => {
    const jobs = await warmed();
    let calls = 0;
    jobs.origin.answerEach(({ key }) => {
      calls += 1;
      return calls === 1 ? ABSENT : bodyOf(`"${key}"`);
    });
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ value: 40 });
  });

  test.each([
    ['all of them', 40],
    ['one more than a tenth', 5],
  ])('%s at once are refused, told loudly, and the old values stay', async (_, count) => {
    const jobs = await warmed();
    lose(jobs, KEYS.slice(0, count));
    const { ended } = await warm(jobs, { keys: KEYS, ...FORCE });
    const reason = `the origin has no such value now, nor ${count - 1} others of 40: more than 10% at once`;
    expect(ended[KEYS[0] ?? '']).toBe(`refused: ${reason}`);
    expect(await kindsIn(jobs)).toEqual({ value: 40 });
    expect(VANISHED(jobs)).toEqual([
      { name: 'values:vanished', payload: { source: 'profile', keys: count, reason } },
    ]);
    expect(jobs.origin.calls).toHaveLength(2);
  });

  test('are counted over calls, tasks and processes', async () => {
    const jobs = await warmed({ keysPerCall: 1 });
    lose(jobs, KEYS);
    const outcomes: string[] = [];
    for (const key of KEYS) {
      const { ended } = await warm(jobs, { keys: [key], ...FORCE });
      outcomes.push(...Object.values(ended).map((outcome) => outcome.split(':')[0] ?? ''));
    }
    expect(outcomes.filter((outcome) => outcome === 'absent')).toHaveLength(4);
    expect(await kindsIn(jobs)).toEqual({ absent: 4, value: 36 });
  });

  test('are gone at the second look, a ttl after the first', async () => {
    const jobs = await warmed();
    lose(jobs, KEYS);
    await warm(jobs, { keys: KEYS, ...FORCE });
    await jobs.clock.advance(TTL - 1);
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ value: 40 });
    await jobs.clock.advance(1);
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ absent: 40 });
  });

  test('are not gone when the origin had them in between', async () => {
    const jobs = await warmed();
    lose(jobs, KEYS);
    await warm(jobs, { keys: KEYS, ...FORCE });
    lose(jobs, []);
    await jobs.clock.advance(TTL / 2);
    await warm(jobs, { keys: KEYS, ...FORCE });
    lose(jobs, KEYS);
    await jobs.clock.advance(TTL / 2);
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ value: 40 });
  });

  test('are gone at once when whoever asks vouches for it', async () => {
    const jobs = await warmed();
    lose(jobs, KEYS);
    await warm(jobs, { keys: KEYS, ...FORCE, acceptAbsent: true });
    expect(await kindsIn(jobs)).toEqual({ absent: 40 });
    expect(jobs.origin.calls).toHaveLength(2);
  });

  test('with a doubt stay, be it a single one, until the second look', async () => {
    const jobs = await warmed();
    lose(jobs, KEYS.slice(0, 1), DOUBTED);
    const { ended } = await warm(jobs, { keys: KEYS, ...FORCE });
    expect(ended[KEYS[0] ?? '']).toBe(
      'refused: the origin has no such value now, and the batch answer only leaves it out',
    );
    await jobs.clock.advance(TTL);
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ absent: 1, value: 39 });
  });
});

describe('keys that never had a value', () => {
  const cold = (change: Parameters<typeof sourceWith>[0] = {}) =>
    buildJobs({ sources: [sourceWith({ keysPerCall: 40, absentTtl: TTL, ...change })] });
  const outcomesOf = ({ ended }: { readonly ended: Readonly<Record<string, string>> }) =>
    [...new Set(Object.values(ended))].sort();
  const NONE =
    'refused: the origin has none of the 40 values of a call, and the batch answer only leaves it out';

  test('are absent at once where the origin says so of each', async () => {
    const jobs = cold();
    lose(jobs, KEYS);
    await warm(jobs, { keys: KEYS });
    expect(await kindsIn(jobs)).toEqual({ absent: 40 });
    expect(jobs.origin.calls).toHaveLength(1);
  });

  test.each([
    ['one that is asked for alone', 1, 1, 1],
    ['few of many', 4, 40, 1],
    ['many, which are asked for once more', 30, 40, 2],
  ])('are absent where they are left out: %s', async (_, lost, of, calls) => {
    const jobs = cold();
    lose(jobs, KEYS.slice(0, lost), DOUBTED);
    await warm(jobs, { keys: KEYS.slice(0, of) });
    expect((await kindsIn(jobs)).absent).toBe(lost);
    expect(jobs.origin.calls).toHaveLength(calls);
  });

  test('are refused, and told, where a call gives nothing at all, until the second look', async () => {
    const jobs = cold();
    lose(jobs, KEYS, DOUBTED);
    expect(outcomesOf(await warm(jobs, { keys: KEYS }))).toEqual([NONE]);
    expect(await kindsIn(jobs)).toEqual({ none: 40 });
    expect(jobs.log.seen.filter(({ name }) => name === 'values:doubted')).toEqual([
      { name: 'values:doubted', payload: { source: 'profile', keys: 40, reason: NONE.slice(9) } },
    ]);
    await jobs.clock.advance(TTL - 1);
    expect(outcomesOf(await warm(jobs, { keys: KEYS }))).toEqual([NONE]);
    await jobs.clock.advance(1);
    await warm(jobs, { keys: KEYS });
    expect(await kindsIn(jobs)).toEqual({ absent: 40 });
  });

  test('are absent at once, be it all of them, where whoever asks vouches for it, or the share is 100%', async () => {
    for (const [absence, acceptAbsent] of [
      [0.1, true],
      [1, false],
    ] as const) {
      const jobs = cold({ absence });
      lose(jobs, KEYS, DOUBTED);
      await warm(jobs, { keys: KEYS, acceptAbsent });
      expect(await kindsIn(jobs)).toEqual({ absent: 40 });
    }
  });

  test('are tried again where each answer has but a first page of what is asked for', async () => {
    const jobs = cold();
    jobs.origin.answer((requests) => requests.map(({ key }, i) => (i < 10 ? bodyOf(`"${key}"`) : DOUBTED)));
    const { unfinished } = await warm(jobs, { keys: KEYS });
    expect(await kindsIn(jobs)).toEqual({ value: 20, none: 20 });
    expect(unfinished).toHaveLength(20);
    expect(unfinished[0]?.reason).toMatch(/^an answer to 30 keys gives only 10 of them/);
  });

  test('and were believed to have none are not doubted when that is said again', async () => {
    const jobs = cold();
    lose(jobs, KEYS, DOUBTED);
    await warm(jobs, { keys: KEYS, acceptAbsent: true });
    await warm(jobs, { keys: KEYS, ...FORCE });
    expect(await kindsIn(jobs)).toEqual({ absent: 40 });
  });
});

test('a share of 100% believes everything at once', async () => {
  const jobs = await warmed({ absence: 1 });
  lose(jobs, KEYS);
  await warm(jobs, { keys: KEYS, ...FORCE });
  expect(await kindsIn(jobs)).toEqual({ absent: 40 });
});
