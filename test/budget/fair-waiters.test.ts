import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairWaiters } from '../../src/budget/fair-waiters.ts';
import { BUDGET_USERS, type BudgetUser, SHARES } from '../../src/core/budget.ts';

function add(waiters: FairWaiters, user: BudgetUser): void {
  // A signal of its own: a thousand listeners on one would each look at all others.
  waiters.add(user, new AbortController().signal).catch(() => undefined);
}

const users = fc.uniqueArray(fc.constantFrom(...BUDGET_USERS), { minLength: 1 });

describe('users that share a budget', () => {
  it('get what their shares say while all of them want more, but for a call', () => {
    fc.assert(
      fc.property(users, fc.integer({ min: 1, max: 120 }), (competing, calls) => {
        const waiters = new FairWaiters();
        for (let n = 0; n < calls; n += 1) for (const user of competing) add(waiters, user);
        const served = Array.from({ length: calls }, () => waiters.next()?.user);
        const whole = competing.reduce((sum, user) => sum + SHARES[user], 0);
        for (const user of competing) {
          const got = served.filter((each) => each === user).length;
          expect(Math.abs(got - (calls * SHARES[user]) / whole)).toBeLessThanOrEqual(competing.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leave nothing unused that anybody wants, whoever comes and goes', () => {
    const step = fc.option(fc.constantFrom(...BUDGET_USERS), { nil: undefined });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const waiters = new FairWaiters();
        const waiting = new Map<BudgetUser, number>();
        for (const user of steps) {
          if (user === undefined) {
            const next = waiters.next()?.user;
            expect(next !== undefined).toBe([...waiting.values()].some((count) => count > 0));
            if (next !== undefined) waiting.set(next, (waiting.get(next) ?? 0) - 1);
          } else {
            add(waiters, user);
            waiting.set(user, (waiting.get(user) ?? 0) + 1);
          }
          for (const each of BUDGET_USERS) expect(waiters.countOf(each)).toBe(waiting.get(each) ?? 0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('wait no longer for one that comes back than if it had been there all along', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), (before) => {
        const waiters = new FairWaiters();
        for (let n = 0; n < before + 100; n += 1) add(waiters, 'run');
        for (let n = 0; n < before; n += 1) waiters.next();
        for (let n = 0; n < 100; n += 1) add(waiters, 'live');
        const served = Array.from({ length: 50 }, () => waiters.next()?.user);
        // Four of five are the other's; what it did not use while it was away is not made up for.
        expect(served.filter((user) => user === 'run').length).toBeGreaterThanOrEqual(9);
      }),
      { numRuns: 40 },
    );
  });
});
