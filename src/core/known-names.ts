/** What a process is configured with, by name: so that work goes to one that can do it while an old and a new configuration run together. */
import { createHash } from 'node:crypto';
import type { Temperature } from './source.ts';

/** Entity sets, as far as their names are wanted. */
export interface EntityNames {
  names(): readonly string[];
}

export interface KnownNames {
  readonly sources: Readonly<Record<string, Temperature>>;
  readonly entities: readonly string[];
  /** The job kinds it runs; absent of a version that does not tell. */
  readonly jobs?: readonly string[] | undefined;
  /** Of the program; absent of one that does not tell. */
  readonly version?: string | undefined;
  /** A digest of what processes must agree on; absent of one that does not tell. */
  readonly configuration?: string | undefined;
}

/**
 * The same for configurations that name the same sources and entity sets, whatever else they say: 16 letters, in place of
 * names that may be thousands.
 */
export function digestOfNames(sources: Iterable<string>, entities: Iterable<string>): string {
  const names = [[...sources].toSorted(), [...entities].toSorted()];
  return createHash('sha256').update(JSON.stringify(names)).digest('base64url').slice(0, 16);
}
