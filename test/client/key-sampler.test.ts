import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../examples/markets/switches.ts';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { PopularityReporter } from '../../src/client/popularity-reporter.ts';
import { FakeClock } from '../support/fake-clock.ts';

function collect(seed = 1) {
  const reads = new Map<string, number>();
  let samples = 0;
  const sampler = new KeySampler((key, weight) => {
    samples += 1;
    reads.set(key, (reads.get(key) ?? 0) + weight);
  }, seededRandom(seed));
  return { sampler, reads, samples: () => samples };
}

describe('a key sampler', () => {
  test('reports every read while there are few', () => {
    const { sampler, reads } = collect();
    for (let i = 0; i < 1_000; i += 1) sampler.hit(`k${i % 10}`);
    expect([...reads.values()]).toEqual(Array(10).fill(100));
    expect(sampler.reads).toMatchObject({ memory: 1_000, below: 0 });
  });

  test('samples when there are many, and is right on average, also about keys that are read in turn', () => {
    const { sampler, reads, samples } = collect();
    const count = 2_000_000;
    for (let i = 0; i < count; i += 1) sampler.hit(i % 4 === 0 ? 'rare' : 'often');
    const [rare = 0, often = 0] = [reads.get('rare'), reads.get('often')];
    expect(samples()).toBeLessThan(count / 100);
    expect((rare + often) / count).toBeCloseTo(1, 1);
    expect(rare / (rare + often)).toBeCloseTo(0.25, 1);
  });

  test('reports every read again in a new interval', () => {
    const { sampler, samples } = collect();
    for (let i = 0; i < 100_000; i += 1) sampler.hit('k');
    sampler.resetSampling();
    const before = samples();
    for (let i = 0; i < 100; i += 1) sampler.hit('k');
    expect(samples() - before).toBe(100);
  });
});

describe('reads of a reader', () => {
  function reporting(reachable = true) {
    const clock = new FakeClock();
    const reports: [string, Record<string, number>][] = [];
    const popularity = {
      count: async (source: string, reads: ReadonlyMap<string, number>) =>
        void reports.push([source, Object.fromEntries(reads)]),
    };
    const random = seededRandom(1);
    const sources = ['profile', 'tile'];
    const reporter = new PopularityReporter({
      ...{ sources, popularity, reachable: () => reachable, clock, random },
    });
    const samplerOf = (source: string) => {
      const sampler = reporter.samplers.get(source);
      if (sampler === undefined) throw new Error(`no sampler of ${source}`);
      return sampler;
    };
    return { clock, reports, samplerOf, reporter };
  }

  test('are reported together, after a while, and not when there are none', async () => {
    const { clock, reports, samplerOf } = reporting();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
    for (let i = 0; i < 17; i += 1) samplerOf('profile').hit('profile:a');
    samplerOf('tile').miss('tile:1');
    await clock.advance(5_000);
    expect(reports).toEqual([
      ['profile', { 'profile:a': 17 }],
      ['tile', { 'tile:1': 1 }],
    ]);
  });

  test('are reported to be none, each minute, of what was read before, however busy others are, until the reader closes', async () => {
    const { clock, reports, samplerOf, reporter } = reporting();
    samplerOf('tile').hit('tile:1');
    for (let second = 0; second < 130; second += 1) {
      samplerOf('profile').hit('profile:a');
      await clock.advance(1_000);
    }
    const ofTile = reports.filter(([source]) => source === 'tile').map(([, reads]) => reads);
    expect(ofTile).toEqual([{ 'tile:1': 1 }, {}, {}]);
    await clock.advance(600_000);
    const before = reports.length;
    await clock.advance(120_000);
    expect(reports.slice(before).map(([, reads]) => reads)).toEqual([{}, {}, {}, {}]);
    await reporter.close();
    expect(clock.timers).toBe(0);
  });

  test('are all sampled again after a report', async () => {
    const { clock, reports, samplerOf } = reporting();
    for (let i = 0; i < 100_000; i += 1) samplerOf('profile').hit('profile:a');
    await clock.advance(5_000);
    for (let i = 0; i < 100; i += 1) samplerOf('profile').hit('profile:b');
    await clock.advance(5_000);
    expect(reports.at(-1)).toEqual(['profile', { 'profile:b': 100 }]);
  });

  test('are lost while Redis is away', async () => {
    const { clock, reports, samplerOf } = reporting(false);
    samplerOf('profile').hit('profile:a');
    await clock.advance(5_000);
    expect(reports).toEqual([]);
  });

  test('are reported of a bounded number of keys', async () => {
    const { clock, reports, samplerOf } = reporting();
    for (let i = 0; i < 2_000_000; i += 1) samplerOf('profile').hit(`profile:${i}`);
    await clock.advance(5_000);
    const [[, reads] = ['', {}]] = reports;
    expect(Object.keys(reads)).toHaveLength(10_000);
  });
});
