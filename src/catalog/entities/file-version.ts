import { regularFile } from '../../flow/files.ts';

/** Rows of longer files are read again each time rather than kept. */
const LONGEST_KEPT = 32 * 2 ** 20;

/**
 * Undefined when the rows are not to be kept. Tools that pack images set every time of writing to the same, and two lists may well
 * have the same size; no tool sets the time of the last change of the file itself.
 */
export async function fileVersion(file: string): Promise<string | undefined> {
  const { mtimeMs, ctimeMs, ino, size } = await regularFile(file);
  return size > LONGEST_KEPT ? undefined : [mtimeMs, ctimeMs, ino, size].join(':');
}
