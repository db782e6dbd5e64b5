/** Parts that the shapes of several nouns are made of. */
import { z } from 'zod';
import { ANSWERS } from '../core/answer.ts';
import { type Argument, abortSignal } from '../core/arguments.ts';
import { INVALIDATION_MODES } from '../core/invalidation-mode.ts';
import { NEVER } from '../core/never.ts';
import { OUTCOMES } from '../core/outcome.ts';
import { writtenTimeOf } from '../core/written-time.ts';

export const time = () => z.number().describe('Milliseconds since the epoch.');

/** The latest time that there is (ECMA-262, 21.4.1.1). */
export const LATEST_MS = 8_640_000_000_000_000;

const NO_TIME =
  'is not a time: give milliseconds since the epoch, or ISO 8601, such as 2027-01-04T06:00Z or 2027-01-04T06:00';

/** A time that a caller names as text, by ISO 8601. */
export const writtenTime = () =>
  z
    .string(NO_TIME)
    .max(100)
    .refine((text) => writtenTimeOf(text.trim()) !== undefined, NO_TIME)
    .refine((text) => (writtenTimeOf(text.trim())?.at ?? 0) >= 0, 'is before 1970');

/** A time that a caller names, as a number or as text. */
export const askedTime = () =>
  z.union(
    [
      z
        .number()
        .min(0, 'is before 1970: give milliseconds since the epoch')
        .max(LATEST_MS, 'is later than any time: give milliseconds since the epoch'),
      writtenTime(),
    ],
    NO_TIME,
  );

/** Ms since the epoch, or ISO 8601; text that names no time zone is of the schedule that it is for. */
export type AskedTime = z.infer<ReturnType<typeof askedTime>>;

export const answer = () =>
  z
    .enum(ANSWERS)
    .describe(
      '`absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may ' +
        'have one did not answer.',
    );

export const silentTier = z.object({
  tier: z.string(),
  reason: z.string().describe('Why it did not answer.'),
});

/** See `HealthItem`. */
export const healthItem = z.object({
  name: z.string(),
  reason: z.string().nullable().describe('What is wrong with it; null while it is well.'),
});

export const selectorText = () =>
  z
    .string()
    .describe(
      'Which keys, such as `source=profile entities=markets`. The empty selector is everything configured.',
    );

export const invalidationMode = () => z.enum(INVALIDATION_MODES);

export const countsView = z.record(z.enum(OUTCOMES), z.int());

/** Characters of a note. */
const LONGEST_WHY = 500;

/**
 * Why somebody wants something done, for people. Each verb that changes something takes it in its request; `audit/audited.ts` keeps it,
 * whichever verb that is, and hands it on without secrets.
 */
export const why = () =>
  z
    .string()
    .trim()
    .max(LONGEST_WHY, `is longer than ${LONGEST_WHY} characters`)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line, without control characters')
    .optional()
    .describe('Why, for people: it is kept on record.');

/** For what takes no more than that. */
export const reasonRequest = z.strictObject({ why: why() }).meta({ examples: [{ why: 'the API moves' }] });
export type ReasonRequest = z.input<typeof reasonRequest>;

/** Who asked for a run; a schedule asks by itself. */
export const CAUSES = ['api', 'cli', 'library', 'start'] as const;
export type Cause = (typeof CAUSES)[number];

/** Arguments that several verbs take. */
export const LIBRARY: Cause = 'library';
/** Items of one answer, of a program: an API says fewer. */
const MOST_ITEMS = 100_000;
export const causeArgument = ['cause', z.enum(CAUSES).default(LIBRARY)] as const satisfies Argument;
export const byArgument = ['by', z.string().min(1).max(200).default(LIBRARY)] as const satisfies Argument;
export const signalArgument = ['signal', abortSignal().default(NEVER)] as const satisfies Argument;
export const limitArgument = (usual: number, most = MOST_ITEMS) =>
  ['limit', z.int().min(1).max(most).default(usual)] as const satisfies Argument;

/** A source of which many keys are in no entity set any more. */
export const shrunkSource = z.object({
  source: z.string(),
  entities: z.array(z.string()).describe('The entity sets that feed it.'),
  listed: z.int().describe('Keys that these give now.'),
  missing: z
    .int()
    .describe('Keys selected that are kept warm and in no entity set. In a large catalog an estimate.'),
  keys: z.int().describe('Keys of the source that are kept warm, those included.'),
});

export const estimate = z
  .object({ low: z.number(), likely: z.number(), high: z.number() })
  .describe(
    'A figure that is not known yet: of ten times it is lower than `low` once, and higher than `high` once.',
  );
