/** What is told of who used the budgets of origins. */
import { z } from 'zod';
import { CALLS_APART, USED_HOURS } from '../budget/ledger.ts';
import { BUDGET_USERS } from '../core/budget.ts';
import { originBreaker } from './breaker.ts';
import { time } from './shapes.ts';

/** Hours that may be asked for. */
export const BUDGET_HOURS = USED_HOURS;

const countsByUser = z.record(z.enum(BUDGET_USERS), z.int());
const usage = {
  calls: z.int(),
  by: countsByUser.describe(
    'Calls by who used the budget: `live` are reads that waited, `hot`, `warm` and `cold` refreshes, `run` runs, probes and benchmarks.',
  ),
  throttled: z.int().describe('Calls that the origin answered with "slow down".'),
  failed: z
    .int()
    .describe('Calls that failed: no response came, or one that says that the origin is in trouble.'),
  apart: z
    .record(z.enum(CALLS_APART), z.int())
    .describe(
      'Counted apart: `absent`, the origin has none of the values; `refused`, it answered with an error that has nothing to do with load; `unanswered`, those that failed and no response came to. What is neither throttled nor failed, `absent` nor `refused`, had values.',
    ),
};

export const originBudget = z.object({
  origin: z.string(),
  rate: z.string().nullable().describe('As configured, such as `10/s, 1000/d`; null: any.'),
  allowedPerHour: z.int().nullable().describe('Calls of an hour that the configured rates allow; null: any.'),
  limits: z
    .object({
      perSecond: z.number().nullable(),
      concurrency: z.int(),
      configured: z.object({ perSecond: z.number().nullable(), concurrency: z.int() }),
    })
    .describe(
      'What holds now, and what is configured, both without the room that the pace keeps beside a rate; null: any.',
    ),
  lowered: z
    .object({
      ...{ since: time(), cutAt: time(), reason: z.string() },
      until: time().describe('They grow back with use; a call after this time finds the configured limits.'),
    })
    .nullable()
    .describe('Since when, and why, less than the configured limits holds; when they were lowered last.'),
  paused: z
    .object({ until: time(), reason: z.string(), by: z.string().nullable() })
    .nullable()
    .describe('Until when nobody calls it, why, and which process paused it.'),
  breaker: originBreaker,
  sources: z.array(z.string()).describe('The sources that it is asked for.'),
  quota: z.object({ left: z.int(), resetAt: time() }).nullable().describe('What the origin said is left.'),
  windows: z
    .array(
      z.object({
        rate: z.string().describe('As configured, such as `300/d`.'),
        calls: z.int(),
        used: z.int().describe('Calls that count in it now.'),
        kept: z.int().describe('So many of its calls are kept for reads that wait.'),
        opensAt: time()
          .nullable()
          .describe('When a call that is no such read may begin again; null: one may now.'),
      }),
    )
    .describe('The configured windows that calls are counted in, the shortest first.'),
  inFlight: z.int(),
  waiting: countsByUser.describe('Calls that are wanted now and may not begin yet.'),
  total: z
    .object({
      ...usage,
      share: z
        .record(z.enum(BUDGET_USERS), z.number())
        .describe('The part of the calls that each had, from 0 to 1; all are 0 without calls.'),
    })
    .describe('Of all these hours together.'),
  hours: z
    .array(
      z.object({
        hour: time().describe('When it began.'),
        ...usage,
        used: z.number().nullable().describe('The part of what is allowed; null where any is.'),
      }),
    )
    .describe('Hours in which it was called, the oldest first; the last one may not have ended.'),
});
export const budgetReport = z.object({
  at: time(),
  since: time().describe('When the first hour that is looked at began.'),
  origins: z.array(originBudget),
});
export type BudgetReport = z.infer<typeof budgetReport>;
export type OriginBudget = z.infer<typeof originBudget>;
