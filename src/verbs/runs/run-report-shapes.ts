/** What is told of a run that goes on or has ended: how far it is, what failed, what it took, and what is new in it. */
import { z } from 'zod';
import { ENDED_REASONS, RUN_STATES } from '../../catalog/runs/runs.ts';
import { estimate } from '../shapes.ts';
import { runPlan } from './warm-request.ts';

export const runProgress = z.object({
  final: z
    .boolean()
    .describe('Whether it ended by itself, so that what is told of its keys holds for all of them.'),
  state: z.enum(RUN_STATES),
  endedReason: z.enum(ENDED_REASONS).nullable(),
  pending: z.int().describe('Keys without an outcome.'),
  cancelled: z.int().describe('Keys that were given up as it was stopped, or at its deadline.'),
});
export type RunProgress = z.infer<typeof runProgress>;

export const heldPlans = z.object({
  runs: z.int().describe('The last runs of the schedule that finished and were planned; ten at the most.'),
  ratio: estimate.describe(
    'What they took, for each millisecond that was likely: the least, the middle one, the most.',
  ),
});
export type HeldPlans = z.infer<typeof heldPlans>;

/** Outcomes of keys that a run did not warm. */
export const FAILURES = ['failed', 'refused', 'excluded'] as const;

export const failedKey = z.object({
  key: z.string(),
  outcome: z.enum(FAILURES),
  reason: z
    .string()
    .describe(
      'Of its last failed attempt in this run, whatever became of it since; empty where that is not on record any more: it is kept for a day, and of a thousand keys of a source.',
    ),
});

export const runFailures = z.object({
  run: z.string(),
  failures: z.array(failedKey).describe('In the order of the manifest.'),
  total: z
    .int()
    .describe('Keys of the run that failed, were refused or were left alone in quarantine, so far.'),
  unlisted: z
    .int()
    .describe('Keys that a run of what is missing left alone, served or in quarantine: they are not listed.'),
  progress: runProgress,
  cursor: z.string().nullable().describe('Of the next page; null: this is the last one.'),
});
export type RunFailures = z.infer<typeof runFailures>;

/** Where in the manifest a page begins: the chunk, and the key in it. */
export const failuresCursor = z
  .string()
  .regex(/^\d{1,9}\.\d{1,9}$/, 'is not the cursor of a page of failures');

const changedKeys = z.object({
  count: z.int(),
  keys: z.array(z.object({ key: z.string(), reason: z.string() })).describe('The first of them, and why.'),
});

export const runDiff = z.object({
  run: z.string(),
  progress: runProgress.describe('Of this run: before its end, what is told of it is not all.'),
  to: z.string().describe('The run that it is compared with.'),
  toProgress: runProgress.describe('Of that run.'),
  newlyFailing: changedKeys.describe('They fail, or are refused, and did not.'),
  stillFailing: changedKeys,
  recovered: changedKeys.describe('They failed, and were asked for again with success.'),
  unasked: changedKeys.describe(
    'They failed, and were not asked for again: what is stored of them from before still serves.',
  ),
  excluded: changedKeys.describe('Left alone in this run: in quarantine, or by `missing`.'),
  came: changedKeys.describe('They were not in the other run.'),
  left: changedKeys.describe('They are not in this one.'),
  coverage: z
    .array(z.object({ tier: z.string(), before: z.number().nullable(), after: z.number().nullable() }))
    .describe('Shares of the keys that were warm in each tier, from 0 to 1.'),
  sources: z
    .array(
      z.object({
        source: z.string(),
        before: estimate.nullable(),
        after: estimate.nullable(),
        slower: z.boolean(),
      }),
    )
    .describe('How long calls took, in milliseconds. Slower: half of them take half as long again.'),
  slowKeys: z
    .array(z.object({ key: z.string(), ms: z.number() }))
    .describe(
      'Of the slowest keys, those that were not among them, and took twice as long as nine of ten calls.',
    ),
  moreSlow: z.int().describe('Such keys beside those that are named, among the slowest of each chunk.'),
});
export type RunDiff = z.infer<typeof runDiff>;

export const FIGURES = ['keys', 'fetch', 'calls', 'bytes', 'duration'] as const;

export const runReport = z.object({
  run: z.string(),
  plan: runPlan
    .nullable()
    .describe('What was planned when it was made, or of a tick with its manifest; null where nobody did.'),
  unplanned: z
    .string()
    .nullable()
    .describe('Why the run of a tick has no plan; null where it has one, or is of none.'),
  held: heldPlans
    .nullable()
    .describe('How well plans held of the runs before it of the same schedule; null where there were none.'),
  actual: z.object({
    keys: z.int(),
    fetch: z.int().describe('Keys that an origin was asked for.'),
    calls: z.int(),
    failed: z
      .int()
      .describe(
        'Of those, the ones that failed: no response came, or one that says that it cannot answer, such as 503.',
      ),
    bytes: z.int().describe('Of the bodies that came.'),
    duration: z.number().nullable().describe('Milliseconds from its creation to its end; null before that.'),
  }),
  compared: z
    .array(
      z.object({
        figure: z.enum(FIGURES),
        planned: estimate,
        actual: z.number(),
        is: z.enum(['within', 'less', 'more']).describe('Of what was planned.'),
      }),
    )
    .describe('Each figure that was planned, once the run has ended.'),
  sources: z.array(
    z.object({
      source: z.string(),
      calls: z.int(),
      failed: z.int(),
      bytes: z.int(),
      ms: estimate.nullable().describe('How long calls took.'),
    }),
  ),
  slow: z.array(z.object({ key: z.string(), ms: z.number() })).describe('The slowest keys.'),
  last: z
    .string()
    .nullable()
    .describe(
      'The run before it of the same schedule, or else of the same selector; null where there is none.',
    ),
  diff: runDiff
    .nullable()
    .describe(
      'To that run. Null also before this one has ended, and where both have more than 50,000 keys together: `/diff` compares those.',
    ),
});
export type RunReport = z.infer<typeof runReport>;
