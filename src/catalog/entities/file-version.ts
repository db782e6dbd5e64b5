import { fileVersionOf, regularFile } from '../../flow/files.ts';

/** Rows of longer files are read again each time rather than kept. */
const LONGEST_KEPT = 32 * 2 ** 20;

/** Undefined when the rows are not to be kept. */
export async function fileVersion(file: string): Promise<string | undefined> {
  const found = await regularFile(file);
  return found.size > LONGEST_KEPT ? undefined : fileVersionOf(found);
}
