/** Counting keys: all of them while they are few, and of very many a sample that stands for them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallCount, meanCalls } from '../../../src/warming/planning/call-count.ts';
import { KeyCount, keysInTier } from '../../../src/warming/planning/key-count.ts';
import { sampledPlaces } from '../../../src/warming/planning/key-sample.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { NEVER, warm } from '../warm.steps.ts';

const EXACT = 100;

function counting(jobs: ReturnType<typeof buildJobs>, exact = EXACT) {
  const options = { reason: 'run', since: 0 } as const;
  const how = { options, exact, keysPerChunk: () => 100, silence: undefined };
  return new KeyCount({ ...jobs, ...how, startsAt: jobs.clock.now() });
}

describe('a count of keys', () => {
  test('is an estimate by a sample where they are very many, and never of their number', async () => {
    const source = sourceWith({ keysPerCall: 10 });
    const jobs = buildJobs({ sources: [source] });
    const keys = keysOf(3_000);
    await warm(jobs, { keys: keys.filter((_, i) => i % 3 === 0) });
    const count = counting(jobs);
    for (let from = 0; from < keys.length; from += 170) {
      const page = { source, keys: keys.slice(from, from + 170), params: new Map(), unkeyed: 0 };
      await count.add(page, NEVER);
    }
    count.end();
    expect(count.looked).toBeLessThan(EXACT + 25 * 6);
    const of = count.sources.get('profile');
    expect(of?.total).toBe(3_000);
    expect(of?.fetch).toBeGreaterThan(1_700);
    expect(of?.fetch).toBeLessThan(2_300);
    expect((of?.fetch ?? 0) + (of?.alreadyWarm ?? 0) + (of?.excluded ?? 0)).toBeCloseTo(3_000);
    expect(of?.planned).toBeGreaterThan(170);
    expect(of?.planned).toBeLessThan(240);
    for (const tier of count.tiers) expect(keysInTier(tier).total).toBeCloseTo(3_000);
  });

  test('counts the last keys, of which none is looked up, in sources and in tiers alike', async () => {
    const source = sourceWith();
    const jobs = buildJobs({ sources: [source] });
    const count = counting(jobs, 8);
    const keys = keysOf(127);
    for (let from = 0; from < keys.length; from += 9) {
      const page = { source, keys: keys.slice(from, from + 9), params: new Map(), unkeyed: 0 };
      await count.add(page, NEVER);
    }
    count.end();
    expect(count.sources.get('profile')?.fetch).toBeCloseTo(127);
    for (const tier of count.tiers) {
      const { total, missing, adds } = keysInTier(tier);
      for (const figure of [total, missing, adds]) expect(figure).toBeCloseTo(127);
    }
  });

  test('is exact where they are few', async () => {
    const source = sourceWith();
    const jobs = buildJobs({ sources: [source] });
    const keys = keysOf(EXACT);
    await warm(jobs, { keys: keys.slice(0, 30) });
    const count = counting(jobs);
    await count.add({ source, keys, params: new Map(), unkeyed: 0 }, NEVER);
    count.end();
    expect(count.looked).toBe(EXACT);
    expect(count.sources.get('profile')).toMatchObject({ fetch: 70, alreadyWarm: 30, planned: 70 });
  });

  test('looks up the first keys, and of each doubling of their number behind them no more than a quarter as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 100 }), fc.integer({ min: 1, max: 8 }), (exact, doublings) => {
        const total = exact * 2 ** doublings;
        const places = sampledPlaces(0, total, exact);
        expect(places.slice(0, exact)).toEqual(Array.from({ length: exact }, (_, i) => i));
        expect(places.length).toBeLessThanOrEqual(exact + doublings * (exact / 4 + 1));
        const half = Math.floor(total / 2);
        const [first, second] = [sampledPlaces(0, half, exact), sampledPlaces(half, total - half, exact)];
        expect([...first, ...second.map((place) => place + half)]).toEqual(places);
      }),
      { numRuns: 50 },
    );
  });
});

/** Pseudo-random from 0 to 1, alike in each run. */
function dice(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('calls of keys that a sample stands for', () => {
  test.each([
    [0.02, 50, 250],
    [0.02, 1, 250],
    [0.5, 50, 250],
    [0.1, 100, 1_000],
    [0.002, 10, 20],
    [1, 50, 240],
  ])(
    'are as many as a run makes where %d of them are cold, %d in a call and %d in a chunk',
    (cold, perCall, perChunk) => {
      const draw = dice();
      const isCold = Array.from({ length: 200_000 }, () => draw() < cold);
      const calls = (places: readonly number[], weight: (n: number) => number) => {
        const count = new CallCount({ keysPerCall: perCall }, perChunk);
        for (const [n, place] of places.entries()) count.add(weight(n), isCold[place] ?? false);
        return count.end();
      };
      const exact = calls([...isCold.keys()], () => 1);
      const places = sampledPlaces(0, isCold.length, 20_000);
      const sampled = calls(places, (n) => (n === 0 ? 1 : (places[n] ?? 0) - (places[n - 1] ?? 0)));
      expect(sampled).toBeGreaterThan(exact * 0.9);
      expect(sampled).toBeLessThan(exact * 1.1);
    },
  );

  test('have the mean of all ways in which they can lie', () => {
    expect(meanCalls(2, 0.5, 1)).toBeCloseTo(1);
    expect(meanCalls(250, 0.02, 250)).toBeCloseTo(1 - 0.98 ** 250);
    expect(meanCalls(100_000, 0.5, 50)).toBeCloseTo(1_000.5, 0);
    expect([meanCalls(9, 0, 2), meanCalls(9, 1, 2)]).toEqual([0, 5]);
  });
});
