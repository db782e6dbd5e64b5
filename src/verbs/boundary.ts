/** What programs hand to a verb, checked where it comes in: not all of them are written in TypeScript. */
import type { z } from 'zod';
import { ForewarmError } from '../core/errors.ts';
import { readWith } from '../core/read-with.ts';

/** What has to change in a request, and where. */
export interface WrongPlace {
  readonly place: string;
  readonly message: string;
}

/** Places that a message names; the rest is counted. */
const SHOWN = 10;

/** The value as the schema reads it. Throws `E_REQUEST_INVALID`, naming each place. */
export function checked<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const read = readWith(schema, value);
  if (read.success) return read.data;
  const places = read.error.issues.map(({ path, message }) => ({ place: path.join('.'), message }));
  throw refused(what, places, places.length);
}

/** The error for a request with wrong places; `count` is how many there are, told or not. */
export function refused(what: string, places: readonly WrongPlace[], count: number): ForewarmError {
  const errors = places.slice(0, SHOWN);
  const told = errors
    .map(({ place, message }) => (place === '' ? message : `${place}: ${message}`))
    .join('; ');
  const more = count > errors.length ? `; and ${count - errors.length} more` : '';
  return new ForewarmError('E_REQUEST_INVALID', `${what}: ${told}${more}`, { details: { errors } });
}
