/** What the settings need to know about the lists that a kind of origin gives, so that they need not know the kind. */
import { z } from 'zod';

/** The options of a list: of an entity set beside its own. None has a default: they stand beside those of other kinds. */
export type ListKind = z.ZodObject;

/** The options of all these kinds, none of them required. */
export function fieldsOfAny(kinds: readonly (ListKind | undefined)[]): Readonly<Record<string, z.ZodType>> {
  const fields = kinds.flatMap((kind) => Object.entries(kind?.shape ?? {}));
  return Object.fromEntries(fields.map(([name, field]) => [name, z.optional(field)]));
}
