/** A run as people and programs see it, and what it waits for. */
import { z } from 'zod';
import { ENDED_REASONS, RUN_CAUSES, RUN_STATES } from '../../catalog/runs/runs.ts';
import { askedTime, countsView, shrunkSource, time } from '../shapes.ts';
import { runDiff, runFailures, runReport } from './run-report-shapes.ts';
import { warmRequest } from './warm-request.ts';

export const runWait = z.object({
  for: z.enum(['worker', 'origin', 'quota', 'budget', 'lane']),
  origin: z
    .string()
    .nullable()
    .describe('Its name; of a lane that of an origin which is configured no more.'),
  until: time()
    .nullable()
    .describe('When a paused origin is asked again, or one whose quota or configured window is used up.'),
  reason: z.string(),
  by: z.string().nullable().describe('Who paused the origin, such as `worker 4711 on host-a`.'),
});
export type RunWait = z.infer<typeof runWait>;

const name = () => z.string().min(1).max(500);

export const runFilter = z.strictObject({
  state: z
    .enum([...RUN_STATES, 'active'])
    .optional()
    .describe('Only runs in this state; `active`: that have not ended.'),
  reason: z.enum(ENDED_REASONS).optional().describe('Only runs that ended so.'),
  failures: z
    .boolean()
    .optional()
    .describe(
      'Only runs with keys that failed or were refused, that failed as a whole, or all of whose keys were left out, as keys in quarantine are.',
    ),
  cause: z.enum(RUN_CAUSES).optional().describe('Only runs that came from there.'),
  schedule: name().optional().describe('Only runs of this schedule.'),
  source: name()
    .optional()
    .describe('Only runs that may have keys of this source, by their selector or the keys that were named.'),
  text: name()
    .optional()
    .describe('Only runs with this text in id, schedule or selector, upper or lower case.'),
  since: askedTime().optional().describe('Only runs that were created then or later.'),
  until: askedTime()
    .optional()
    .describe('Only runs that were created then or before; a day until it is over.'),
});
export type RunFilter = z.input<typeof runFilter>;

export const runView = z.object({
  id: z.string(),
  state: z.enum(RUN_STATES),
  selector: z
    .string()
    .describe('What was asked for. Where keys were named, or it is very long, a short description of it.'),
  named: z
    .object({ keys: z.int(), sources: z.array(z.string()) })
    .nullable()
    .describe('The keys that were named one by one or by rows, and their sources; null for a selector.'),
  cause: z.enum(RUN_CAUSES),
  schedule: z.string().nullable(),
  nominal: time().nullable().describe('The time the schedule named.'),
  note: z.string().describe('Who asked for it and why, where they said why; else empty.'),
  createdAt: time(),
  startedAt: time().nullable(),
  endedAt: time().nullable(),
  endedReason: z.enum(ENDED_REASONS).nullable(),
  endedNote: z
    .string()
    .describe(
      'More about its end: who stopped it and why, or what went wrong; empty where there is no more.',
    ),
  total: z.int().describe('Keys in the manifest.'),
  pending: z.int().describe('Keys without an outcome.'),
  unread: z
    .array(z.object({ entities: z.string(), reason: z.string() }))
    .describe(
      'Entity sets that could not be read when it was planned, and why: their keys are not in the manifest.',
    ),
  shrunk: z
    .array(shrunkSource)
    .describe(
      'Sources of which more keys were in no entity set any more than may vanish at once, when it was planned: these are not in the manifest.',
    ),
  counts: countsView,
  coverage: z
    .record(z.string(), z.object({ warm: z.int(), total: z.int() }))
    .describe('By tier, as verified at the end.'),
  revision: z.int().describe('Grows with every change.'),
  waits: z
    .array(runWait)
    .describe(
      'What it waits for, where runs are shown or listed, and where one that is followed does not go on.',
    ),
});
export type RunView = z.infer<typeof runView>;

export const runPage = z.object({
  runs: z.array(runView),
  cursor: z
    .string()
    .nullable()
    .describe(
      'Where the next page begins, also where no run of this one fits the filter; null: this is the last.',
    ),
  lookedBackTo: time()
    .nullable()
    .describe(
      'Of what the filter selects, runs that were created since then were looked through; null: all of them.',
    ),
});
export type RunPage = z.infer<typeof runPage>;

/** The shapes that the API describes by name. */
export const runShapes = {
  ...{ Counts: countsView, Run: runView, RunWait: runWait, Warm: warmRequest },
  ...{ RunReport: runReport, RunDiff: runDiff, RunFailures: runFailures },
};
