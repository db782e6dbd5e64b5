import { BUDGET_USERS, type BudgetUser } from '../../core/budget.ts';

export const USER_WORDS = { live: 'reads', hot: 'hot', warm: 'warm', cold: 'cold', run: 'runs' } as const;

/** `reads 20, runs 4`: each user of a budget that has more than nothing. */
export function usersText(
  of: Readonly<Partial<Record<BudgetUser, number>>>,
  show: (value: number) => string,
): string {
  return BUDGET_USERS.flatMap((user) => {
    const value = of[user] ?? 0;
    return value > 0 ? [`${USER_WORDS[user]} ${show(value)}`] : [];
  }).join(', ');
}
