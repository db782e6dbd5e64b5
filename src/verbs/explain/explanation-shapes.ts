/** What an explanation of a key holds. */
import { z } from 'zod';
import { OUTCOMES } from '../../core/outcome.ts';
import { WORTHS } from '../../policy/worth.ts';
import { inspection } from '../inspection-shapes.ts';
import { invalidationMode, time } from '../shapes.ts';
import { reportedReads } from '../worth-shapes.ts';
import { DELAY_CAUSES, KEPT_CAUSES, NEXT_CAUSES, WHY_CAUSES } from './causes.ts';

export const toldOf = <const C extends readonly [string, ...string[]]>(causes: C) =>
  z.object({
    cause: z.enum(causes),
    sentence: z.string(),
    until: time().nullable().describe('When that is over or tried again, where that is known.'),
    by: z.string().nullable().describe('Who did it, where that is known.'),
    command: z
      .string()
      .nullable()
      .describe(
        'What ends it, where a command does: its words as for a shell, without the name of this program.',
      ),
  });

export const VERDICTS = ['warm', 'cold', 'unknown'] as const;

export const explanation = inspection.extend({
  verdict: z
    .enum(VERDICTS)
    .describe(
      '`warm`: fresh or due in at least one tier. `unknown`: not found so, and a tier did not answer.',
    ),
  why: z
    .array(toldOf(WHY_CAUSES))
    .describe('What became of its value, of a key that is not warm; the nearest cause first.'),
  delays: z
    .array(toldOf(DELAY_CAUSES))
    .describe(
      'What holds it back now, of a key that is not warm: at least one. Of a warm key: what holds back its next refresh.',
    ),
  kept: toldOf(KEPT_CAUSES).describe('What keeps it warm, or why nothing does.'),
  next: toldOf(NEXT_CAUSES).describe('When it is next due (`until`), and why then.'),
  fences: z
    .array(
      z.object({
        target: z.string().describe('What was invalidated, such as `tag=market:7`.'),
        mode: invalidationMode(),
        at: time(),
      }),
    )
    .describe('The invalidations that hide what is stored, the latest first.'),
  attempts: z
    .array(
      z.object({
        at: time(),
        outcome: z.enum(['refused', 'failed']),
        reason: z.string(),
        run: z.string().nullable().describe('Null: a refresh, or a read.'),
      }),
    )
    .describe('The last attempts that did not succeed, the newest first; some, and of about a day.'),
  runs: z
    .array(
      z.object({
        run: z.string(),
        schedule: z.string().nullable(),
        outcome: z.enum(OUTCOMES).nullable().describe('Null: it has not ended there yet.'),
        endedAt: time().nullable(),
      }),
    )
    .describe('The last runs that had it, the newest first.'),
  runsAreAll: z
    .boolean()
    .nullable()
    .describe(
      'Whether each of the latest runs was looked through; long manifests are not. Null: nobody says.',
    ),
  schedules: z
    .array(z.object({ name: z.string(), kind: z.string(), nextAt: time().nullable(), paused: z.boolean() }))
    .describe('The schedules that refresh it, or make runs that may have it.'),
  reads: z
    .number()
    .nullable()
    .describe(
      'How often it was read in about the last hour, as far as that was reported (`reported`): an estimate. Null: nobody says.',
    ),
  reported: reportedReads
    .nullable()
    .describe('Who reports reads of its source, and since when. Null: nobody says.'),
  worth: z
    .object({
      verdict: z.enum(WORTHS),
      everyMs: z.number().describe('It is refreshed about as often, in ms.'),
      sentence: z.string(),
    })
    .describe('Whether refreshing it pays.'),
  command: z
    .string()
    .nullable()
    .describe(
      'What would make it warm, or ends what holds it back; null where it is warm and no command is needed.',
    ),
});
export type Explanation = z.infer<typeof explanation>;

/** The shapes that the API describes by name. */
export const explanationShapes = { Explanation: explanation };
