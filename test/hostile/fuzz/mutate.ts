/** Bad input out of good: examples are cut, doubled, mixed and filled with what breaks parsers. By a seed. */
import type { Random } from '../../../src/core/clock.ts';

/** What parsers trip over: numbers at the ends of their ranges, marks, escapes, and much of anything. */
const TOKENS: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '\0',
    '\ufeff',
    '\ud800',
    '\u202e',
    'é',
    '日',
    '😀',
    '%',
    '%2F',
    '%zz',
    '..',
    '/',
  ],
  ...[
    '-1',
    '0',
    '-0',
    '1e999',
    '9007199254740993',
    '99999999999999999999',
    'NaN',
    'Infinity',
    '0x10',
    '1.5',
    '٣',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '`',
    '\\',
    ',',
    ':',
    ';',
    '=',
    '<',
    '>',
    '*',
    '?',
    '#',
    '@',
    '&',
    '|',
    '!',
    '$',
    '~',
  ],
  ...[
    'null',
    'true',
    '__proto__',
    'constructor',
    '\u0024{A}',
    '\u0024{A:-',
    '{x}',
    '{%x}',
    '*/7',
    '1-5',
    'L',
    'W',
    '&a [*a]',
    '!!js',
    '---',
  ],
  '['.repeat(2_000),
  'a'.repeat(5_000),
  '1,'.repeat(2_000),
];

/** An example with up to six changes. */
export function mutated(examples: readonly string[], random: Random): string {
  let text = pick(examples, random);
  const changes = Math.floor(random() * 7);
  for (let i = 0; i < changes; i += 1) text = pick(CHANGES, random)(text, random, examples);
  return text;
}

type Change = (text: string, random: Random, examples: readonly string[]) => string;

const CHANGES: readonly Change[] = [
  (text, random) => spliced(text, random, 0, pick(TOKENS, random)),
  (text, random) => spliced(text, random, 1 + Math.floor(random() * 4), pick(TOKENS, random)),
  (text, random) => spliced(text, random, 1 + Math.floor(random() * 20), ''),
  (text, random) => spliced(text, random, 0, String.fromCharCode(Math.floor(random() * 0x10000))),
  (text, random) => text.slice(0, Math.floor(random() * (text.length + 1))),
  (text) => (text.length < 2_000 ? text + text : text),
  (text, random, examples) => text + pick(examples, random),
  (text, random, examples) => {
    const other = pick(examples, random);
    const from = Math.floor(random() * other.length);
    return spliced(text, random, 0, other.slice(from, from + 1 + Math.floor(random() * 20)));
  },
  (text) => text.toUpperCase(),
];

function spliced(text: string, random: Random, removed: number, added: string): string {
  const at = Math.floor(random() * (text.length + 1));
  return text.slice(0, at) + added + text.slice(at + removed);
}

export function pick<T>(all: readonly T[], random: Random): T {
  const found = all[Math.floor(random() * all.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}
