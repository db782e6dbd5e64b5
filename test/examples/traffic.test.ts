import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawLatency, seededRandom, switches } from '../../examples/markets/switches.ts';
import { SlidingSecond } from '../../examples/markets/traffic.ts';

describe('the sliding second', () => {
  it('counts exactly what a list of all events would give, at every instant', () => {
    const gaps = fc.array(
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 }), fc.integer({ max: 1_500, min: 0 })),
      {
        maxLength: 3_000,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(gaps, (all) => {
        const second = new SlidingSecond();
        const times: number[] = [];
        let at = 0;
        for (const gap of all) {
          at += gap;
          second.add(at);
          times.push(at);
          expect(second.countAt(at)).toBe(times.filter((time) => time > at - 1_000).length);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('holds more events than it began with room for', () => {
    const second = new SlidingSecond();
    for (let i = 0; i < 600; i += 1) second.add(0);
    expect(second.countAt(1_000)).toBe(0);
    for (let i = 0; i < 5_000; i += 1) second.add(2_000 + i / 10);
    expect(second.countAt(2_500)).toBe(5_000);
    expect(second.oldest).toBe(2_000);
  });
});

describe('the latency', () => {
  const drawn = (options: object) => {
    const random = seededRandom(3);
    return Array.from({ length: 20_000 }, () => drawLatency(switches.parse(options), random));
  };
  const meanOf = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;

  it('has the mean that it is given, and a tail on one side', () => {
    const all = drawn({ latency: 20, spread: 0.5 }).sort((a, b) => a - b);
    expect(meanOf(all)).toBeCloseTo(20, 0);
    expect(all[10_000]).toBeLessThan(20);
    expect(all[0]).toBeGreaterThan(0);
  });

  it('is exact without a spread, and zero when switched off', () => {
    expect(new Set(drawn({ latency: 20, spread: 0 }))).toEqual(new Set([20]));
    expect(new Set(drawn({}))).toEqual(new Set([0]));
  });

  it('is longer for the share of calls that are slow', () => {
    const slow = drawn({ slowRate: 0.1, slow: 1_000 }).filter((one) => one === 1_000);
    expect(slow.length / 20_000).toBeCloseTo(0.1, 1);
  });
});
