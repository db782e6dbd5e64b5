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
  // Words and blanks in turn. Blanks are kept where the line goes on, since they may line things up.
  const parts = line.trimEnd().split(/(\s+)/);
  for (let i = 0; i < parts.length; i += 2) {
    const [gap = '', word = ''] = [parts[i - 1], parts[i]];
    if (here.trim() === '' || shownLength(here + gap + word) <= width) here += gap + word;
    else {
      lines.push(here);
      here = `${indent}  ${word}`;
    }
  }
  return [...lines, here].join('\n');
}

/** In characters, without colours. */
function shownLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
