/** The shapes of what the verbs about dead letters take and return. */
import { z } from 'zod';
import { time, why } from '../shapes.ts';

export const LETTER_KINDS = ['key', 'job'] as const;

export const deadLetterView = z.object({
  id: z.string(),
  kind: z.enum(LETTER_KINDS),
  subject: z.string().describe('The key, or the kind of the job.'),
  source: z.string().nullable(),
  lane: z
    .string()
    .nullable()
    .describe('Where it is done again; null of a key whose source is not configured.'),
  run: z.string().nullable().describe('Where it failed last; null of what no run warms.'),
  reason: z.string(),
  at: time(),
  attempts: z.int(),
});
export type DeadLetterView = z.infer<typeof deadLetterView>;

export const deadLetterPage = z.object({
  letters: z.array(deadLetterView),
  total: z
    .int()
    .nullable()
    .describe(
      'All that match; null on later pages of a selection, and of one for which too many had to be looked at.',
    ),
  cursor: z
    .string()
    .nullable()
    .describe('Where the next page begins; null: this is the last. A page of a selection may be short.'),
});
export type DeadLetterPage = z.infer<typeof deadLetterPage>;

/** Which dead letters are meant. */
export const letterFilter = {
  run: z.string().min(1).max(200).optional().describe('Only those of this run.'),
  source: z.string().min(1).max(200).optional().describe('Only keys of this source.'),
  kind: z.enum(LETTER_KINDS).optional().describe('Only keys, or only jobs.'),
  lane: z.string().min(1).max(200).optional().describe('Only those of this lane.'),
  reason: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Only those whose reason has this text in it, in whatever case.'),
};
const filterShape = z.object(letterFilter);
export type LetterFilter = z.infer<typeof filterShape>;

/** Dead letters that one page may have, of a program: an API says fewer. */
const MOST_LISTED = 100_000;

export const deadLetterRequest = z.strictObject({
  limit: z.int().min(1).max(MOST_LISTED).default(100),
  cursor: z.string().min(1).max(400).optional().describe('From the page before.'),
  ...letterFilter,
});
export type DeadLetterRequest = z.input<typeof deadLetterRequest>;

export const redriveRequest = z
  .strictObject({
    ids: z
      .array(z.string().min(1))
      .max(MOST_LISTED)
      .default([])
      .describe(
        'Which dead letters; none: all that the rest selects, and without any of that all there are.',
      ),
    ...letterFilter,
    until: z
      .string()
      .min(1)
      .max(400)
      .optional()
      .describe('What a dry run answered: nothing that failed after what it counted is queued again.'),
    dryRun: z.boolean().default(false).describe('Count what would be queued again, and change nothing.'),
    why: why(),
  })
  .meta({ examples: [{ run: 'nightly-2026-01-03', why: 'the origin is back' }] });
export type RedriveRequest = z.input<typeof redriveRequest>;

export const redriveResult = z.object({
  matching: z.int().describe('How many were meant, and there when this was asked.'),
  redriven: z.int().describe('How many were queued again.'),
  left: z
    .int()
    .describe(
      'How many of those meant were not: their key fits no source any more, or they were not there when it was their turn.',
    ),
  run: z.string().nullable().describe('The run that warms their keys; null where no key was among them.'),
  until: z
    .string()
    .nullable()
    .describe(
      'The newest that was meant: give it back to queue again no more than these. Null where none was, and of ids.',
    ),
});
export type RedriveResult = z.infer<typeof redriveResult>;

/** The shapes that the API describes by name. */
export const deadLetterShapes = { DeadLetter: deadLetterView };
