/** Records that processes leave in Redis for one another. Other versions write there as well, and people with a client of their own. */
import type { z } from 'zod';
import { readWith } from '../core/read-with.ts';

/** The record of a JSON text; undefined where it is none. One that cannot be read must not hide the others beside it. */
export function recordFrom<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return readWith(schema, JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
