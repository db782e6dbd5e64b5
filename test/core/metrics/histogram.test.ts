import { createHistogram } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../../src/core/metrics/histogram.ts';

const QUANTILES = [0.01, 0.5, 0.9, 0.95, 0.99, 1];
/** Half of a bucket's width. */
const ERROR = 1 / 64;

const durations = fc.array(
  fc.oneof(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.double({ min: 1, max: 1e6, noNaN: true })),
  { minLength: 1, maxLength: 300 },
);

function histogramOf(all: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of all) histogram.record(ms);
  return histogram;
}

describe('a histogram', () => {
  test('returns quantiles that are within its error of the exact ones', () => {
    fc.assert(
      fc.property(durations, (all) => {
        const histogram = histogramOf(all);
        const sorted = all.toSorted((a, b) => a - b);
        for (const q of QUANTILES) {
          const exact = sorted[Math.max(1, Math.ceil(q * all.length)) - 1] ?? 0;
          const found = histogram.quantile(q) ?? 0;
          expect(Math.abs(found - exact) / exact, `${q}: ${found}, not ${exact}`).toBeLessThanOrEqual(ERROR);
        }
      }),
    );
  });

  test('agrees with the HdrHistogram of Node', () => {
    const random = fc.sample(fc.double({ min: 0.001, max: 5_000, noNaN: true }), { seed: 7, numRuns: 5_000 });
    const histogram = histogramOf(random);
    const hdr = createHistogram({ figures: 3, lowest: 1, highest: 1e10 });
    for (const ms of random) hdr.record(Math.max(1, Math.round(ms * 1e6)));
    for (const p of [50, 95, 99, 99.9]) {
      const theirs = hdr.percentile(p) / 1e6;
      const ours = histogram.quantile(p / 100) ?? 0;
      expect(Math.abs(ours - theirs) / theirs, `p${p}: ${ours}, not ${theirs}`).toBeLessThan(ERROR + 0.002);
    }
  });

  test('of several processes is the one that a single process would have recorded', () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 5 }), (processes) => {
        const sum = new Histogram();
        for (const all of processes) sum.add(JSON.parse(JSON.stringify(histogramOf(all).buckets())));
        const single = histogramOf(processes.flat());
        expect(sum.buckets()).toEqual(single.buckets());
        expect(sum.total).toBe(processes.flat().length);
      }),
    );
  });

  test('shows why percentiles must not be averaged', () => {
    const idle = histogramOf(new Array(10).fill(500));
    const busy = histogramOf(new Array(990).fill(1));
    const sum = new Histogram();
    for (const each of [idle, busy]) sum.add(each.buckets());
    const averaged = ((idle.quantile(0.95) ?? 0) + (busy.quantile(0.95) ?? 0)) / 2;
    expect(sum.quantile(0.95)).toBeCloseTo(1, 1);
    expect(averaged).toBeGreaterThan(240);
  });

  test('accepts durations that no clock should report', () => {
    const histogram = histogramOf([0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]);
    expect(histogram.total).toBe(5);
    expect(histogram.quantile(0.5)).toBeLessThan(0.001);
    expect(histogram.quantile(1)).toBeGreaterThan(1e9);
  });

  test('of nothing has no quantiles', () => {
    expect(new Histogram().quantile(0.5)).toBeUndefined();
    expect(new Histogram().buckets()).toEqual([]);
  });
});
