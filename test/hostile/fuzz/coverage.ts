/** Which functions of `src` read what comes from outside, by their names and by what they call; and which of them nobody fuzzes. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** Names of functions that make something of a text or of bytes. */
const NAME =
  /^export (?:async )?function\*? ((?:parse|decode|read|unpack|substitute|split)[A-Z]?\w*|\w+(?:OfLine|OfText))\b/gm;
/** What takes text or bytes apart. */
const CALLS =
  /\b(?:JSON\.parse|parseExactly|decodeURIComponent|new TextDecoder|URL\.parse|\.unpack|parseDocument|recordFrom|parseHttpDate)\(/;

/** `src/a.ts#parseA` for each function by name, `src/a.ts` for each file by what it calls. */
export function candidatesIn(sources: readonly SourceText[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const named = [...text.matchAll(NAME)].map(([, name]) => `${path}#${name}`);
    return CALLS.test(text) ? [...named, path] : named;
  });
}

const IMPORT = /import (?:type )?\{([^}]*)\} from '([^']+)'/g;

/** The names that lists import, and the files that they come from. */
export function fuzzedBy(lists: readonly SourceText[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { path, text } of lists) {
    for (const [, names = '', from = ''] of text.matchAll(IMPORT)) {
      const file = normalize(join(dirname(path), from));
      found.add(file);
      for (const name of names.split(',')) found.add(`${file}#${name.trim().replace(/^type | as .*$/g, '')}`);
    }
  }
  return found;
}

export function textsUnder(folder: string): SourceText[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ path: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }));
}
