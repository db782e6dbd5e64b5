import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Paths of the project that a text names as code. Words in capitals stand for a name, and lines that say so are to come. */
function pathsIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.includes('(to come)'))
    .flatMap((line) => [...line.matchAll(/`((?:src|test|bench|scripts|examples|config)\/[\w./-]+)`/g)])
    .map(([, path = '']) => path)
    .filter((path) => !/[A-Z]{3,}/.test(path));
}

test.each(PAGES)('every path that %s names exists', (page) => {
  expect(pathsIn(readFileSync(page, 'utf8')).filter((path) => !existsSync(path))).toEqual([]);
});

test('a path is found in a text', () => {
  const text = '`src/tiers/tier.ts` | `src/tiers/NAME/x.ts` `tiers/tier.ts`\n`src/http` (to come)';
  expect(pathsIn(text)).toEqual(['src/tiers/tier.ts']);
});
