import { z } from 'zod';
import { rate } from './options.ts';
import type { Rate } from './units.ts';

/** What an origin allows. */
export interface Budget {
  readonly rate: Rate | undefined;
  readonly concurrency: number;
}

/** What each origin declares of its budget, whatever its kind. */
export const budgetOptions = {
  concurrency: z.int().min(1).default(8).describe('Calls at the same time, over all processes together.'),
  rate: rate()
    .optional()
    .describe('Calls per time, over all processes together, such as `50/s`. Absent: unlimited.'),
};

/**
 * Calls reach an origin a little earlier or later than they were begun. Without some room, a window of the origin's could
 * hold more than the rate allows.
 */
const ROOM = 1.02;

/** The time between the beginnings of two calls, in ms; 0 without a rate. */
export function intervalOf({ rate: allowed }: Budget): number {
  return allowed === undefined ? 0 : (allowed.perMs / allowed.calls) * ROOM;
}

/** The budgets among the options of origins. */
export function budgetsOf(
  origins: ReadonlyMap<string, { readonly concurrency: number; readonly rate?: Rate | undefined }>,
): ReadonlyMap<string, Budget> {
  return new Map([...origins].map(([name, { concurrency, rate }]) => [name, { concurrency, rate }]));
}
