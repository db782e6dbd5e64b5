/** Budgets of every form. */
import type { Budget } from '../../../src/core/budget.ts';

const perSecond = (calls: number) => ({ calls, perMs: 1_000 });

export const BUDGETS = {
  paced: { rate: perSecond(50), concurrency: 8 },
  slow: { rate: perSecond(10), concurrency: 4, windows: [{ calls: 1_000, perMs: 86_400_000 }] },
  windows: { rate: perSecond(20), concurrency: 8, windows: [{ calls: 60, perMs: 10_000 }] },
  burst: { rate: perSecond(10), concurrency: 16, burst: 5 },
  bucket: { rate: perSecond(5), concurrency: 16, burst: 20 },
  half: { rate: perSecond(40), concurrency: 20, reserve: 0.5 },
  free: { rate: undefined, concurrency: 6 },
} satisfies Readonly<Record<string, Budget>>;

export type BudgetName = keyof typeof BUDGETS;
