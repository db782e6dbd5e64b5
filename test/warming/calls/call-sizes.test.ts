/** A server that takes fewer keys in one call than are configured: it is found how many, once, and remembered. */
import { describe, expect, test } from 'vitest';
import { OriginError } from '../../../src/core/errors.ts';
import { CallSizes } from '../../../src/warming/calls/call-sizes.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { bodyOf, type Script } from '../../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { warm } from '../warm.steps.ts';

const MINUTE = 60_000;

function atMost(limit: number, bad: ReadonlySet<string> = new Set()): Script {
  return (requests) => {
    const found = requests.find(({ key }) => bad.has(key));
    const why =
      requests.length > limit ? `413: at most ${limit} ids` : found && `400: no such id ${found.key}`;
    if (why !== undefined) throw new OriginError('permanent', `answered ${why}`, { refusesBatch: true });
    return requests.map(({ key }) => bodyOf(`"${key}"`));
  };
}

function setup(keysPerCall: number, limit: number, bad?: ReadonlySet<string>): Jobs {
  const budget = { rate: undefined, concurrency: 1 };
  const jobs = buildJobs({ sources: [sourceWith({ keysPerCall })], budget });
  jobs.origin.answer(atMost(limit, bad));
  return jobs;
}

/** How many calls it took, and what the keys ended as. */
async function warmAll(jobs: Jobs, keys: readonly string[]) {
  const before = jobs.origin.calls.length;
  const { ended, unfinished } = await drive(
    jobs.clock,
    warm(jobs, { keys, options: { reason: 'force' } }),
    50,
  );
  const warmed = Object.values(ended).filter((outcome) => outcome === 'warmed').length;
  return { ended, unfinished, warmed, calls: jobs.origin.calls.slice(before) };
}

describe('a server that takes fewer keys per call than configured gets fewer', () => {
  test.each([
    [1_000, 10],
    [1_000, 999],
    [100, 3],
    [100, 30],
    [100, 2],
    [100, 1],
    [7, 5],
  ])('of %d: %d', async (size, limit) => {
    const keys = keysOf(size);
    const { warmed, calls } = await warmAll(setup(size, limit), keys);
    expect(warmed).toBe(size);
    expect(calls.length).toBeLessThanOrEqual(Math.ceil(size / limit) * 1.15 + 16);
  });

  test('by all calls that follow: the search is made once', async () => {
    const jobs = setup(100, 10);
    const keys = keysOf(300);
    await warmAll(jobs, keys);
    const { warmed, calls } = await warmAll(jobs, keys);
    expect(warmed).toBe(300);
    expect(calls.map(({ requests }) => requests.length)).toEqual(Array(30).fill(10));
  });

  test('also where some of its keys are bad, which fail alone', async () => {
    const keys = keysOf(300);
    const bad = new Set(keys.filter((_, i) => i % 50 === 20));
    const { ended, warmed } = await warmAll(setup(100, 10, bad), keys);
    expect(warmed).toBe(300 - bad.size);
    for (const key of bad) expect(ended[key]).toBe(`failed: answered 400: no such id ${key}`);
  });
});

test('a server that takes more again is found out after a while, and one bad key changes no size', async () => {
  const jobs = setup(100, 10);
  const keys = keysOf(100);
  await warmAll(jobs, keys);
  jobs.origin.answer(atMost(100));
  expect((await warmAll(jobs, keys)).calls).toHaveLength(10);
  jobs.clock.advance(11 * MINUTE);
  for (let doubling = 0; doubling < 4; doubling += 1) await warmAll(jobs, keys);
  expect((await warmAll(jobs, keys)).calls).toHaveLength(1);
  jobs.origin.answer(atMost(100, new Set(keys.slice(40, 41))));
  expect((await warmAll(jobs, keys)).warmed).toBe(99);
  jobs.origin.answer(atMost(100));
  expect((await warmAll(jobs, keys)).calls).toHaveLength(1);
});

test('what is learnt of one source holds for no other', () => {
  const sizes = new CallSizes({ clock: new FakeClock(0) });
  const [one, other] = [sourceWith({ keysPerCall: 100 }), sourceWith({ keysPerCall: 100 })];
  sizes.refused(one, 20, 10);
  expect(sizes.most(one)).toBe(15);
  expect(sizes.most(other)).toBe(Number.POSITIVE_INFINITY);
});
