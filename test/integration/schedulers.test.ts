import { describe, expect, it } from 'vitest';
import { missteps, type Ticking, tick } from './schedulers.ts';

const SECONDS = 8;

describe('three schedulers with one schedule each second', () => {
  it('make one run for each second, and none is left out when one of them is killed', async () => {
    const ticking = await tick(SECONDS);
    expect(missteps(ticking)).toEqual([]);
    expect(ticking.runs.length).toBeGreaterThanOrEqual(SECONDS);
    planted(ticking);
  });
});

/** The same check, on the same history with a second left out, run twice, or fetched twice. */
function planted({ runs, calls }: Ticking): void {
  expect(missteps({ runs: runs.toSpliced(3, 1), calls: {} })).toHaveLength(1);
  expect(missteps({ runs: runs.toSpliced(3, 0, ...runs.slice(3, 4)), calls })).toHaveLength(1);
  expect(missteps({ runs, calls: { 'profile:1': runs.length + 1 } })).toHaveLength(1);
}
