import { BUDGET_USERS, type BudgetUser } from '../core/budget.ts';
import { type CallReport, type CallTotals, countedApart } from './ledger.ts';

/** Counts the calls of one process at one origin, from its start. */
export class CallCounter {
  readonly #calls = { ok: 0, throttled: 0, failed: 0, ms: 0 };
  readonly #by = byUser(() => 0);
  readonly #apart = countedApart(() => 0);
  readonly #underWay = byUser(() => 0);

  begin(user: BudgetUser): void {
    this.#underWay[user] += 1;
  }

  /** Without a report, no call was made. */
  end(user: BudgetUser, report: CallReport | undefined): void {
    this.#underWay[user] -= 1;
    if (report !== undefined) this.#count(report, user);
  }

  underWay(user: BudgetUser): number {
    return this.#underWay[user];
  }

  #count({ outcome, apart, ms }: CallReport, user: BudgetUser): void {
    this.#calls[outcome] += 1;
    this.#calls.ms += ms;
    this.#by[user] += 1;
    if (apart !== undefined) this.#apart[apart] += 1;
  }

  get totals(): CallTotals {
    return { ...this.#calls, by: { ...this.#by }, apart: { ...this.#apart } };
  }
}

export function sumCalls(all: readonly CallTotals[]): CallTotals {
  const sum = (of: (calls: CallTotals) => number) => all.reduce((total, calls) => total + of(calls), 0);
  return {
    ...{
      ok: sum(({ ok }) => ok),
      throttled: sum(({ throttled }) => throttled),
      failed: sum(({ failed }) => failed),
    },
    ...{ ms: sum(({ ms }) => ms), by: byUser((user) => sum(({ by }) => by[user])) },
    apart: countedApart((kind) => sum(({ apart }) => apart[kind])),
  };
}

/** A record of every user. */
export function byUser<T>(of: (user: BudgetUser) => T): Record<BudgetUser, T> {
  return Object.fromEntries(BUDGET_USERS.map((user) => [user, of(user)])) as Record<BudgetUser, T>;
}
