import { BUDGET_USERS, type BudgetUser, SHARES } from '../core/budget.ts';
import { byUser } from './call-counter.ts';
import type { Permit } from './ledger.ts';
import { type Waiter, Waiters } from './waiters.ts';

/** A waiter, and for whom it waits. */
interface NextWaiter extends Waiter {
  readonly user: BudgetUser;
}

/**
 * The callers that wait at one origin, by user: within one first come first served, and between them by their shares
 * (start-time fair queueing, as in the ledger's script): each user has a virtual time, which moves on by a call over its
 * share, and the one that is furthest behind comes next. One that was away begins at what is served now.
 */
export class FairWaiters {
  readonly #waiters = byUser(() => new Waiters());
  readonly #times = byUser(() => 0);
  #served = 0;

  get count(): number {
    return BUDGET_USERS.reduce((sum, user) => sum + this.#waiters[user].count, 0);
  }

  countOf(user: BudgetUser): number {
    return this.#waiters[user].count;
  }

  add(user: BudgetUser, signal: AbortSignal): Promise<Permit> {
    return this.#waiters[user].add(signal);
  }

  /** The next of all that still wait; with `first`, of that user if one waits. */
  next(first?: BudgetUser): NextWaiter | undefined {
    const waiting = BUDGET_USERS.filter((user) => this.#waiters[user].count > 0);
    const own = first !== undefined && waiting.includes(first) ? first : undefined;
    const start = (user: BudgetUser) => Math.max(this.#served, this.#times[user]);
    // Of equals the one that is named first in `BUDGET_USERS`.
    const user =
      own ??
      waiting.reduce<BudgetUser | undefined>(
        (best, each) => (best === undefined || start(each) < start(best) ? each : best),
        undefined,
      );
    const waiter = user === undefined ? undefined : this.#waiters[user].next();
    if (user === undefined || waiter === undefined) return undefined;
    if (own === undefined) this.#served = start(user);
    this.#times[user] = start(user) + 1 / SHARES[user];
    return { ...waiter, user };
  }

  refuse(users: readonly BudgetUser[], reason: unknown): void {
    for (const user of users) this.#waiters[user].refuseAll(reason);
  }

  refuseAll(reason: unknown): void {
    this.refuse(BUDGET_USERS, reason);
  }
}
