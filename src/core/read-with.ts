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
    return z.never(HIDDEN_LENGTH).safeParse(value);
  }
}
