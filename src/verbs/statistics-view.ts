/** The shapes of what the verbs of statistics return. */
import { z } from 'zod';
import { BUDGET_USERS } from '../core/budget.ts';
import { TEMPERATURES } from '../core/source.ts';
import { budgetReport, originBudget } from './budget-shapes.ts';
import { groupsView, statisticsView } from './metrics-view.ts';
import { countsView, time } from './shapes.ts';

export const processView = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  host: z.string(),
  pid: z.int(),
  startedAt: time(),
  seenAt: time(),
  memory: z.object({ entries: z.int(), bytes: z.int() }).nullable().describe('What its memory tier holds.'),
  statistics: statisticsView.nullable().describe('Since it started; null when they cannot be read.'),
});
export type ProcessView = z.infer<typeof processView>;

export const statsView = z.object({
  at: time(),
  processes: z.array(processView),
  statistics: statisticsView.describe(
    'Of all live processes together, each since it started: counts are sums, percentiles those of all calls.',
  ),
  tiers: z.array(
    z.object({
      tier: z.string(),
      entries: z.int().describe('Of memory: in all processes, so that a key counts in each that holds it.'),
      bytes: z.int(),
      error: z.string().nullable(),
    }),
  ),
  sources: z.array(
    z.object({
      source: z.string(),
      temperature: z.enum(TEMPERATURES),
      keys: z.int(),
      due: z.int(),
      failing: z.int(),
      outcomes: countsView.describe('Of all processes, since the catalog began.'),
    }),
  ),
  origins: z.array(
    z.object({
      origin: z.string(),
      inFlight: z.int(),
      processes: z.int(),
      pausedUntil: time().nullable(),
      pauseReason: z.string().nullable(),
      pausedBy: z.string().nullable().describe('Who paused it, such as `worker 4711 on host-a`.'),
      rate: z.string().nullable().describe('As configured, such as `10/s, 1000/d`.'),
      concurrency: z.int().describe('As configured.'),
      limits: z
        .object({
          perSecond: z.number().nullable().describe('Calls per second by the pace; null without a rate.'),
          concurrency: z.int(),
        })
        .describe('What holds now: the strictest of all live processes, or less while it is lowered.'),
      lowered: z
        .object({ since: time(), cutAt: time(), reason: z.string() })
        .nullable()
        .describe('Since when, and why, less than the configured limits holds; when they were lowered last.'),
      quota: z
        .object({ left: z.int(), resetAt: time() })
        .nullable()
        .describe('What the origin said is left, less what was permitted since.'),
      used: z
        .array(z.object({ hour: time(), by: z.record(z.enum(BUDGET_USERS), z.int()) }))
        .describe('Calls by hour and by who used the budget, oldest first; of the last two days.'),
    }),
  ),
  lanes: z
    .array(
      z.object({
        lane: z.string(),
        configured: z
          .boolean()
          .describe('Whether its origin is: workers of this configuration take no jobs of another lane.'),
        ...{ waiting: z.int(), delayed: z.int(), active: z.int(), failed: z.int() },
      }),
    )
    .describe(
      'One for each origin, and `control`; also those of origins that are configured no more, as long as they hold anything.',
    ),
});
export type StatsView = z.infer<typeof statsView>;

/** What can be told of the whole service by these alone: how warm it is, what readers got, and whether refreshes keep up. */
export const OVERVIEW_GROUPS = [
  ...(['measured', 'coverage', 'stored', 'worklist'] as const),
  ...(['answers', 'runway', 'affordable', 'quarantined'] as const),
] as const;

export const overview = z.object({
  at: time(),
  tiers: z.array(z.string()).describe('In the order in which they are read.'),
  sources: z.array(
    z.object({
      source: z.string(),
      temperature: z.enum(TEMPERATURES),
      ...{ keys: z.int(), due: z.int(), failing: z.int() },
    }),
  ),
  statistics: groupsView(OVERVIEW_GROUPS).describe(
    'Some groups of what `stats` has, of all live processes together, each since it started.',
  ),
});
export type Overview = z.infer<typeof overview>;

/** The shapes that the API describes by name. */
export const statisticsShapes = {
  ...{ Process: processView, Statistics: statisticsView, Stats: statsView, Overview: overview },
  ...{ Budget: originBudget, BudgetReport: budgetReport },
};
