/** Values from outside, read by a schema. */
import { z } from 'zod';

/** What is said of a value that zod cannot look at. */
export const HIDDEN_LENGTH =
  'a map stands where a text or a list is expected; it has a field `length` that is no number';

/**
 * As `schema.safeParse`, which throws where a map has a `length` that cannot be compared, such as `{"length": {"toString": 1}}` in
 * the place of a text: zod checks how long a text is by the `length` of whatever is there.
 */
export function readWith<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return z.custom<z.output<S>>(() => false, HIDDEN_LENGTH).safeParse(value);
  }
}

/** Places that a message names, and the characters that it shows of each: a list may have a fault in each of a million items. */
const SHOWN = 5;
const LONGEST = 200;

/** What is wrong with a value, on one line. */
export function faultsOf({ issues }: z.ZodError): string {
  const told = issues
    .slice(0, SHOWN)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .map((text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text));
  if (issues.length > SHOWN) told.push(`and ${issues.length - SHOWN} more`);
  return told.join('; ').replace(/\s+/g, ' ').toWellFormed();
}
