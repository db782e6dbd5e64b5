/** What a warm is asked with: a selector, or keys that are named one by one or by rows. The same from everywhere. */
import { z } from 'zod';
import { DAY_MS } from '../../core/units.ts';
import { selectorText, why } from '../shapes.ts';

/** A row of params, as JSON or a table has it. What the source does not name is passed over. */
export type WarmRow = Readonly<Record<string, string | number | boolean | null>>;

/** Keys or rows of one request. */
export const MOST_NAMED = 100_000;
/** How long a run may be told to go on or to keep what it warmed, in ms: ten years. A time much later could not be shown. */
export const LONGEST_SPAN = 3_650 * DAY_MS;

/** More keys than any run has. */
const MOST_KEYS = 1_000_000_000_000;

/** Calls, bytes, ms. */
const figure = () =>
  z
    .number()
    .min(0)
    .max(1_000 * MOST_KEYS);

/** The rows themselves are checked one by one, with pauses, by `named-keys.ts`. */
const list = <T>(items: Readonly<Record<string, unknown>>) =>
  z.array(z.unknown()).min(1).max(MOST_NAMED).meta({ items }) as unknown as z.ZodType<
    readonly T[],
    readonly T[]
  >;

const planned = z.object({ low: figure(), likely: figure(), high: figure() });

/** What a plan said, for the report of the run that it was of. */
export const runPlan = z.object({
  keys: z.int().min(0).max(MOST_KEYS),
  fetch: z.int().min(0).max(MOST_KEYS),
  calls: planned,
  bytes: planned.nullable(),
  likely: planned.nullable().describe('How long it takes, in milliseconds.'),
});

export const warmShape = z.strictObject({
  plan: runPlan
    .optional()
    .describe('What was planned, for the report of the run: the figures of `POST /v1/plans`.'),
  selector: selectorText().default(''),
  source: z.string().min(1).optional().describe('The source of `rows`, or of `keys`.'),
  rows: list<WarmRow>({ type: 'object' })
    .optional()
    .describe(
      'Params of values to warm, one object each, in place of a selector; in no entity set they need be.',
    ),
  keys: list<string>({ type: 'string' }).optional().describe('Keys to warm, in place of a selector.'),
  why: why(),
  from: z.string().max(200).optional().describe('Where rows or keys come from, for people: a file, a table.'),
  keep: z
    .int()
    .min(1)
    .max(LONGEST_SPAN)
    .optional()
    .describe(
      'How long keys that are named are kept warm from now on, in milliseconds; then they go by themselves. Absent: three times the ttl of their source.',
    ),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, {
      message: 'must begin with a letter or digit, and have up to 100 letters, digits, "_", "." and "-"',
    })
    .optional()
    .describe('Names the run; the same id again returns the same run.'),
  force: z.boolean().default(false).describe('Fetch also what is still fresh.'),
  missing: z.boolean().default(false).describe('Leave alone what has a servable value, stale or not.'),
  limit: z.int().min(1).optional().describe('Warm at most this many keys; absent: all.'),
  acceptAbsent: z
    .boolean()
    .optional()
    .describe('Believe origins that have values no more, however many vanish at once.'),
  deadline: z
    .int()
    .min(1)
    .max(LONGEST_SPAN)
    .optional()
    .describe('No key is begun after this many milliseconds; absent: no end.'),
});

/** Refuses what says in two ways which keys are meant. */
export function checkWhich(
  { selector, source, rows, keys }: z.output<typeof warmShape>,
  context: Pick<z.RefinementCtx, 'addIssue'>,
): void {
  const problem = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (rows !== undefined && keys !== undefined) problem('keys', 'give rows or keys, not both');
  if (rows === undefined && keys === undefined) {
    if (source !== undefined) problem('source', 'goes with rows or keys; a selector says source=NAME');
    return;
  }
  if (selector !== '') problem('selector', 'is left out where rows or keys say what to warm');
  if (rows !== undefined && source === undefined) problem('source', 'rows need the source that they are of');
}

export const warmRequest = warmShape
  .superRefine(checkWhich)
  .meta({ examples: [{ selector: 'source=profile', missing: true }] });

/** As a caller gives it: everything may be left out. */
export type WarmRequest = z.input<typeof warmRequest>;
/** As a verb works with it. */
export type CheckedWarm = z.output<typeof warmRequest>;
