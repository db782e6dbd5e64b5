/** Finds names of Redis keys in source text, and in the tables of the architecture. */
import { parseSync } from 'oxc-parser';

/** Where a template has an expression. */
const HOLE = '\0';
/** Braces after a colon, or at the beginning with a colon inside. JSON has quotes there. */
const HASH_TAG = /:\{[^"]|^\{[^}"]*:[^}"]*\}/;

/**
 * Strings and templates of a file that look like the name of a control key: a hash tag at their beginning or after a colon,
 * or a prefix that is followed by one of `words`. Prose has spaces, which no key has.
 */
export function keyNamesIn(path: string, text: string, words: readonly string[]): string[] {
  const afterPrefix = new RegExp(`^${HOLE}?:(${words.join('|')})(:|$)`);
  return literalsOf(parseSync(path, text).program)
    .filter((literal) => !/\s/.test(literal) && (HASH_TAG.test(literal) || afterPrefix.test(literal)))
    .map((literal) => `${path} names a Redis key: ${literal.replaceAll(HOLE, '…')}`);
}

function literalsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, value, quasis } = node as { type?: unknown; value?: unknown; quasis?: unknown };
  const inside = Object.values(node).flatMap(literalsOf);
  if (type === 'Literal' && typeof value === 'string') return [value, ...inside];
  if (type !== 'TemplateLiteral' || !Array.isArray(quasis)) return inside;
  return [quasis.map((quasi) => quasi.value.cooked).join(HOLE), ...inside];
}

/** The names in the tables of "What is in Redis", without what follows a lane's. */
export function documentedKeys(markdown: string): string[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith('What is in Redis\n')) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, name = '']) => name.replace(/:LANE:\.\.\.$/, ''));
}
