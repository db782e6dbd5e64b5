import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../examples/markets/switches.ts';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { PopularityReporter } from '../../src/client/popularity-reporter.ts';
import { FakeClock } from '../support/fake-clock.ts';

function collect(seed = 1) {
  const reads = new Map<string, number>();
  let samples = 0;
  const tally = new KeySampler((key, weight) => {
    samples += 1;
    reads.set(key, (reads.get(key) ?? 0) + weight);
  }, seededRandom(seed));
  return { tally, reads, samples: () => samples };
}

describe('a tally', () => {
  test('tells of each read while there are few', () => {
    const { tally, reads } = collect();
    for (let i = 0; i < 1_000; i += 1) tally.hit(`k${i % 10}`);
    expect([...reads.values()]).toEqual(Array(10).fill(100));
    expect(tally.reads).toMatchObject({ memory: 1_000, below: 0 });
  });

  test('samples when there are many, and is right on average, also of keys that are read in turn', () => {
    const { tally, reads, samples } = collect();
    const count = 2_000_000;
    for (let i = 0; i < count; i += 1) tally.hit(i % 4 === 0 ? 'rare' : 'often');
    const [rare = 0, often = 0] = [reads.get('rare'), reads.get('often')];
    expect(samples()).toBeLessThan(count / 100);
    expect((rare + often) / count).toBeCloseTo(1, 1);
    expect(rare / (rare + often)).toBeCloseTo(0.25, 1);
  });

  test('tells of each read again after a rest', () => {
    const { tally, samples } = collect();
    for (let i = 0; i < 100_000; i += 1) tally.hit('k');
    tally.resetSampling();
    const before = samples();
    for (let i = 0; i < 100; i += 1) tally.hit('k');
    expect(samples() - before).toBe(100);
  });
});

describe('reads of a reader', () => {
  function reporting(reachable = true) {
    const clock = new FakeClock();
    const told: [string, Record<string, number>][] = [];
    const popularity = {
      count: async (source: string, reads: ReadonlyMap<string, number>) =>
        void told.push([source, Object.fromEntries(reads)]),
      of: async () => [],
      top: async () => [],
    };
    let rests = 0;
    const onRest = () => {
      rests += 1;
    };
    const reporter = new PopularityReporter({ popularity, reachable: () => reachable, clock, onRest });
    return { clock, told, reporter, rests: () => rests };
  }

  test('are told together, after a while, and not when there are none', async () => {
    const { clock, told, reporter, rests } = reporting();
    await clock.advance(60_000);
    expect(rests()).toBe(0);
    const [profile, tile] = [reporter.sampler('profile'), reporter.sampler('tile')];
    profile('profile:a', 1);
    profile('profile:a', 16);
    tile('tile:1', 2);
    await clock.advance(5_000);
    expect(told).toEqual([
      ['profile', { 'profile:a': 17 }],
      ['tile', { 'tile:1': 2 }],
    ]);
    expect(clock.timers).toBe(0);
  });

  test('are lost while nobody can be told, and bounded', async () => {
    const { clock, told, reporter } = reporting(false);
    const profile = reporter.sampler('profile');
    for (let i = 0; i < 20_000; i += 1) profile(`profile:${i}`, 1);
    await clock.advance(5_000);
    expect(told).toEqual([]);
  });
});
