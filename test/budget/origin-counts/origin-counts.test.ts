/** What an origin in a process of its own counts, while workers are killed in the middle of their calls. At full size: `npm run test:budget`. */
import { describe, expect, it } from 'vitest';
import type { Budget, BudgetUser } from '../../../src/core/budget.ts';
import { seeded } from '../../support/chaos-tier.ts';
import { allowedIn, type CountedCall, excesses, mostAtOnce, mostWithin } from './counts.ts';
import { type Counts, countCalls, judged, problemsOf } from './run.ts';

const BUDGETS = {
  paced: { rate: { calls: 20, perMs: 1_000 }, concurrency: 4 },
  windows: { rate: { calls: 20, perMs: 1_000 }, concurrency: 4, windows: [{ calls: 12, perMs: 60_000 }] },
  free: { rate: undefined, concurrency: 3 },
} satisfies Record<string, Budget>;

/** Calls that nobody ends: they last until after their caller was killed. */
function kill(leaseMs: number): Promise<Counts> {
  const plan = { lanes: 3, answers: [20, 900], workers: 3, kills: 2, apartMs: 350 } as const;
  return countCalls({ ...plan, budgets: BUDGETS, leaseMs, random: seeded(7) });
}

describe('workers that are killed', () => {
  it('make no more calls than the budget allows, as the origin counts them', async () => {
    const counts = await kill(15_000);
    // What the machine held up between the ledger and the call is not the budget's.
    expect(problemsOf(BUDGETS, counts, { at: 'began', late: counts.late })).toEqual([]);
    expect(counts.calls.free?.length).toBeGreaterThan(3);
  });

  it('would be seen to make more at the same time, if their calls counted no more once they are dead', async () => {
    const counts = await kill(1);
    expect(problemsOf(BUDGETS, counts, { at: 'began', late: counts.late })).toContainEqual(
      expect.stringMatching(/calls at the same time/),
    );
  });
});

describe('users of a budget in processes of their own', () => {
  it('get their shares of an origin, as it counts them, however many callers each has', async () => {
    const budgets = { o: { rate: undefined, concurrency: 4 } };
    const users = ['hot', 'warm', 'run', 'run'] as const;
    const counts = await countCalls({
      ...{ budgets, workers: users.length, lanes: 8, answers: [5, 15], leaseMs: 15_000 },
      ...{ kills: 0, apartMs: 0, random: () => 0, enough: 500 },
      usersOf: (worker) => users.slice(worker - 1, worker),
    });
    // Processes do not start together: what counts is what came since all were there.
    const all = counts.calls.o ?? [];
    const since = Math.max(...users.map((user) => all.findIndex((call) => call.user === user)));
    const together = all.slice(since, 500);
    const share = (user: BudgetUser) =>
      together.filter((call) => call.user === user).length / together.length;
    expect(together.length).toBeGreaterThan(300);
    const shares = { hot: share('hot'), warm: share('warm'), run: share('run') };
    expect(shares).toEqual({
      hot: expect.closeTo(0.5, 0.8),
      warm: expect.closeTo(0.3, 0.8),
      run: expect.closeTo(0.2, 0.8),
    });
  });
});

const calls = (...times: readonly [from: number, to: number][]): CountedCall[] =>
  times.map(([from, to]) => ({ user: 'run', began: from - 2, from, to }));

describe('what an origin counts', () => {
  it('is the most in any window, wherever that begins, and the most at the same time', () => {
    expect(mostWithin([0, 999, 1_000, 1_001, 2_500], 1_000)).toBe(3);
    expect(mostWithin([], 1_000)).toBe(0);
    expect(mostAtOnce(calls([0, 10], [5, 20], [10, 30], [30, 40]))).toBe(2);
  });

  it('is held to each window of a budget, and to what a bucket holds beside its rate', () => {
    const rate = { calls: 2, perMs: 1_000 };
    const day = { calls: 100, perMs: 86_400_000 };
    expect(allowedIn({ rate, concurrency: 1, windows: [day] })).toEqual([rate, day]);
    expect(allowedIn({ rate, concurrency: 1, burst: 2 })).toEqual([rate]);
    expect(allowedIn({ rate, concurrency: 1, burst: 5 })).toEqual([{ ...rate, calls: 7 }]);
  });

  it("is the budget's doing when too many began, or came without being held up, and else the machine's", () => {
    const budgets = { o: { rate: { calls: 2, perMs: 1_000 }, concurrency: 9 } };
    type Times = readonly (readonly [began: number, from: number])[];
    const judgeLate = (late: number, times: Times) =>
      judged(budgets, {
        calls: { o: times.map(([began, from]) => ({ user: 'run' as const, began, from, to: from + 1 })) },
        late,
      });
    const judge = (...times: Times) => judgeLate(0, times);
    const tooMany = ['o: 3 calls in a window, of 2/s'];
    expect(judge([0, 1], [500, 501], [1_001, 1_002])).toEqual({ ofTheBudget: [], ofTheMachine: [] });
    expect(judge([0, 1], [500, 501], [900, 1_200])).toEqual({ ofTheBudget: tooMany, ofTheMachine: [] });
    const held = judgeLate(150, [
      [0, 1],
      [500, 501],
      [900, 1_200],
    ]);
    expect(held).toEqual({ ofTheBudget: [], ofTheMachine: tooMany });
    // It leaves room for 50 ms.
    expect(judge([0, 41], [500, 501], [1_001, 1_002])).toEqual({ ofTheBudget: tooMany, ofTheMachine: [] });
    const both = judgeLate(20, [
      [0, 41],
      [500, 501],
      [1_001, 1_002],
    ]);
    expect(both).toEqual({ ofTheBudget: [], ofTheMachine: tooMany });
    expect(judge([0, 141], [500, 501], [1_001, 1_002])).toEqual({ ofTheBudget: [], ofTheMachine: tooMany });
  });

  it('is too much when one call is, by when it came or by when it began', () => {
    const budget: Budget = { rate: { calls: 2, perMs: 1_000 }, concurrency: 2 };
    const seen = [
      ...calls([0, 10], [600, 610]),
      { user: 'run' as const, began: 1_100, from: 990, to: 1_200 },
    ];
    const how = { late: 0 };
    expect(excesses(budget, seen, { ...how, at: 'from' })).toEqual(['3 calls in a window, of 2/s']);
    expect(excesses(budget, seen, { ...how, at: 'began' })).toEqual([]);
    expect(excesses(budget, calls([0, 9], [1, 9], [2, 9]), { ...how, at: 'from' })).toHaveLength(2);
  });
});
