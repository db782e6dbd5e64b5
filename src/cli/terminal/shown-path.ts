import { relative } from 'node:path';

/** A file as somebody in the working directory would write it. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}
