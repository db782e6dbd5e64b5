import { stripVTControlCharacters } from 'node:util';

/** A line narrower than this is left to the terminal. */
const NARROWEST = 20;

/** Lines of whole words, for a terminal that is this wide; what goes on is indented as its line is, and two more. A word is never cut. */
export function fold(text: string, width: number): string {
  if (width < NARROWEST) return text;
  return text
    .split('\n')
    .map((line) => foldLine(line, width))
    .join('\n');
}

function foldLine(line: string, width: number): string {
  if (shownLength(line) <= width) return line;
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const lines: string[] = [];
  let here = '';
  // Blanks between words are kept where the line goes on, since they may line things up.
  for (const [word] of line.matchAll(/\s*\S+/g)) {
    if (here === '' || shownLength(here + word) <= width) here += word;
    else {
      lines.push(here);
      here = `${indent}  ${word.trimStart()}`;
    }
  }
  return [...lines, here].join('\n');
}

/** In characters, without colours. */
function shownLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
