/** A shared budget on the ledger's own scripts, while processes die: no window and no moment holds more than it may. */
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../src/core/budget.ts';
import { BUDGETS } from './budgets.ts';
import { excesses } from './counts.ts';
import { Simulation, type SimulationPlan } from './simulation.ts';

const PLAN = {
  ...{ seed: 7, seconds: 2, processes: 4, leaseMs: 15_000 },
  ...{ readsAfterMs: 0, readsApartMs: 1_500, longestMs: 300, lateMs: 30 },
};

async function excessesOf(budget: Budget, plan: Partial<SimulationPlan> = {}): Promise<string[]> {
  const calls = await new Simulation({ ...PLAN, ...plan, budget }).run();
  expect(calls.length).toBeGreaterThan(10);
  return excesses(budget, calls, { at: 'began', late: 0 });
}

const TEN: Budget = { rate: { calls: 10, perMs: 1_000 }, concurrency: 20 };
const TIGHT: Budget = { ...TEN, windows: [{ calls: 15, perMs: 60_000 }] };
/** Reads that want more than is kept for them. */
const READS = { readsApartMs: 100, longestMs: 20, seconds: 3 };

/** Takes away a part of the ledger's script. */
const without = (line: string) => (lua: string) => lua.replace(line, '');

describe('processes that share a budget, and die in the middle of their calls', () => {
  it.each(Object.entries(BUDGETS))('begin no call too many: %s', async (_, budget) => {
    expect(await excessesOf(budget)).toEqual([]);
  });

  it.each<[string, Budget, Partial<SimulationPlan>]>([
    ['the dead give back at once what they hold', BUDGETS.free, { leaseMs: 20 }],
    ['windows are not counted', TIGHT, { plant: without('open = math.min(open, most - sum)') }],
    [
      'runs do not give way to what is kept for reads',
      BUDGETS.half,
      { ...READS, plant: without('interval = interval * calls / (calls - kept)') },
    ],
    [
      'what is kept for reads is there before runs gave way',
      BUDGETS.half,
      { ...READS, readsAfterMs: 1_500, plant: (lua) => lua.replace('not wasLive and not isLong', 'false') },
    ],
  ])('would be seen to begin too many, where %s', async (_, budget, plan) => {
    expect(await excessesOf(budget, plan)).not.toEqual([]);
  });
});
