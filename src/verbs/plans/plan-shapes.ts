/** What a plan says, as the API, the command line and programs get it. */
import { z } from 'zod';
import { heldPlans } from '../runs/run-report-shapes.ts';
import { estimate, time } from '../shapes.ts';

const keys = {
  total: z.int(),
  fetch: z.int().describe('The origin would be asked for them.'),
  alreadyWarm: z.int().describe('Nothing would be done: absences that are still believed included.'),
  excluded: z.int().describe('Left alone: by `missing`, or in quarantine.'),
};

const seenCalls = z.object({
  calls: z.int().describe('So many calls the figures are from.'),
  hours: z.int().describe('Over so many hours in which the source was called.'),
  ms: estimate.describe('How long a call takes.'),
  keysPerCall: z.number().describe('Keys that one call was asked for, tries included.'),
  bodyBytes: estimate.nullable(),
});

export const plannedSource = z.object({
  source: z.string(),
  origin: z.string(),
  ...keys,
  calls: estimate.describe('With tries, as often as they were needed.'),
  bytes: estimate.nullable().describe('From the origin; null where none was seen.'),
  seen: seenCalls.nullable().describe('What calls took lately; null where none was seen.'),
});

export const plannedTier = z.object({
  tier: z.string(),
  total: z.int(),
  fresh: z.int(),
  due: z.int(),
  stale: z.int(),
  missing: z.int(),
  unavailable: z.int().describe('The tier did not answer for these.'),
  adds: z.int().describe('Keys that it does not have, and would be given.'),
  error: z.string().nullable(),
});

export const tierRoom = z.object({
  tier: z.string(),
  holds: z.int().nullable().describe('Bytes in it now; null where that is not known.'),
  limit: z.int().nullable().describe('Bytes that it may hold; null: no limit of its own.'),
  adds: estimate
    .nullable()
    .describe('Bytes that would be added, before compression; null where no size was seen.'),
  evicts: estimate.nullable().describe('Bytes that would have to go for them, at the most.'),
});

export const plannedWindow = z.object({
  window: z.string().describe('Such as `1000/d`.'),
  calls: z.int().describe('That it allows.'),
  used: z
    .int()
    .nullable()
    .describe(
      'Of those, the ones that were made within it, to the hour; null where it is longer than the two days that are kept.',
    ),
  takes: estimate.describe('Calls of this plan.'),
});

export const plannedOrigin = z.object({
  origin: z.string(),
  calls: estimate,
  concurrency: z.int().describe('Calls at the same time, as configured.'),
  rate: z.string().nullable(),
  present: z
    .object({
      concurrency: z.int(),
      perSecond: z.number().nullable(),
      pausedUntil: time().nullable(),
      reason: z.string().describe('Of a pause, or why limits are lowered.'),
    })
    .nullable()
    .describe('What holds now; null where the ledger did not say.'),
  windows: z.array(plannedWindow).describe('Of an hour and longer.'),
  others: z.record(z.string(), z.number()).describe('Calls an hour of others lately, by user of the budget.'),
  shortest: z.number().describe('Milliseconds, at the very least, under the budget as configured.'),
  shortestNow: z.number().describe('The same under what holds now.'),
  likely: estimate.nullable().describe('Milliseconds; null where calls for a source of it were never seen.'),
  atMost: z
    .number()
    .nullable()
    .describe('Where `likely` is null: if each call took as long as its timeout allows, and was answered.'),
});

/** Among what is `unknown`: then no figure of calls says that none was seen. */
export const CALLS_TOOK = 'what calls took';

export const VERDICTS = ['fits', 'likely', 'unlikely', 'impossible', 'misses', 'unknown'] as const;
export const REASONS = ['paused', 'no-tick', 'late', 'no-scheduler', 'no-worker', 'failing'] as const;

export const planReport = z.object({
  selector: z.string(),
  schedule: z.string().nullable(),
  startsAt: time(),
  by: time().nullable().describe('When it is to be done; null: no end was named.'),
  verdict: z
    .enum(VERDICTS)
    .nullable()
    .describe(
      '`fits`: even if it takes long, and what is left of other runs on the same origins is known. `likely`, `unlikely`: by what was seen, or if calls that never were are answered within their timeouts. `impossible`: the budget, or what holds now, does not allow it. `misses`: the schedule does not fire, or not in time (`reasons`). `unknown`: nothing was seen of a source, nobody lives who would do it (`reasons`), or the jobs Redis did not answer. Null without an end, unless it does not fire at all.',
    ),
  reasons: z
    .array(z.object({ kind: z.enum(REASONS), text: z.string() }))
    .describe(
      'What keeps the plan from coming true, whatever its figures. `paused`, `no-tick`: the schedule does not fire. `late`: it fires only after the end. `no-scheduler`, `no-worker`: none lives now. `failing`: most calls of the last minutes failed.',
    ),
  keys: z.object(keys),
  failing: z
    .int()
    .describe(
      'Of the keys to fetch, those whose last attempt failed: a run tries them again, and waits in between. With `force` none are looked for.',
    ),
  looked: z
    .int()
    .describe('Keys that were looked up. Fewer than all: the figures are estimates, by this sample.'),
  sources: z.array(plannedSource),
  tiers: z.array(plannedTier),
  rooms: z.array(tierRoom).describe('What each tier holds and may hold.'),
  origins: z.array(plannedOrigin),
  calls: estimate,
  bytes: estimate.nullable(),
  own: estimate.describe('Milliseconds of work beside the calls, by how long the plan took to look keys up.'),
  shortest: z.number(),
  shortestNow: z.number(),
  likely: estimate.nullable(),
  endsAt: estimate.nullable().describe('In milliseconds since the epoch.'),
  held: heldPlans
    .nullable()
    .describe(
      'How well plans of the last runs of this schedule held; null without one, or where there were none.',
    ),
  notes: z
    .array(z.string())
    .describe(
      'What decides the answer and is no figure: a pause, a tick that is left out, an entity set that shrank.',
    ),
  alongside: z
    .array(
      z.object({
        kind: z.enum(['schedule', 'run']),
        name: z.string(),
        at: time(),
        times: z.int().describe('Of a schedule: how often it fires meanwhile; 10 stands for more, too.'),
        origins: z.array(z.string()).describe('That both call.'),
        calls: estimate
          .nullable()
          .describe(
            'Of it on these, which the likely times have: what is left of a run, what the last run of a schedule took. Null: not known; or of refreshes, which are in what others call.',
          ),
      }),
    )
    .describe('What uses the same origins meanwhile.'),
  unread: z
    .array(z.object({ entities: z.string(), reason: z.string() }))
    .describe('Entity sets that cannot be read now, and why: their keys are not in the plan.'),
  unknown: z.array(z.string()).describe('What could not be looked up, and why: the plan does without it.'),
});
export type PlanReport = z.infer<typeof planReport>;

/** The shapes that the API describes by name. */
export const planShapes = { Estimate: estimate, Plan: planReport };
