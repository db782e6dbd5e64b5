/** The words of the glossary, and what the names of exported classes and interfaces are made of. */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface ExportedName {
  readonly name: string;
  readonly path: string;
}

/** Every source below a folder. */
export function readTexts(folder: string): SourceText[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** What a glossary explains: the first cells of its tables. */
export function cellsOf(page: string): string[] {
  return [...page.matchAll(/^\| ([^|]+) \| (.+) \|$/gm)].flatMap(([, cell = '', meaning]) =>
    meaning === 'meaning' || /^-+$/.test(cell) ? [] : [cell],
  );
}

/** The terms of a glossary. What stands in parentheses behind a term tells apart what is said of it. */
export function termsOf(page: string): string[] {
  return cellsOf(page).flatMap((cell) => cell.replace(/ *\([^)]*\)|`/g, '').split(/, */));
}

/** Names of classes and interfaces that a source exports. */
export function exportedNames({ path, text }: SourceText): ExportedName[] {
  const found = text.matchAll(/^export (?:default )?(?:abstract )?(?:class|interface) (\w+)/gm);
  return [...found].map(([, name = '']) => ({ name, path }));
}

/** The terms that no source uses, whether as an identifier or in words. */
export function unusedTerms(terms: readonly string[], sources: readonly string[]): string[] {
  const text = ` ${sources.map((source) => wordsOf(source).join(' ')).join(' ')} `;
  return terms.filter((term) => !text.includes(` ${wordsOf(term).join(' ')} `));
}

/** What is wrong with names: for each word that is neither of the glossary nor a standard one, the word, the name and the file. */
export function nameProblems(
  names: readonly ExportedName[],
  terms: readonly string[],
  standard: readonly string[],
): string[] {
  const known = new Set([...terms, ...standard].flatMap(wordsOf));
  return names.flatMap(({ name, path }) =>
    (name.match(/[A-Z]+[a-z]*\d*/g) ?? [])
      .filter((word) => !wordsOf(word).every((stem) => known.has(stem)))
      .map((word) => `"${word}" of ${name} in ${path}`),
  );
}

/** What is wrong with the list of standard words: out of order, in the glossary as well, or in no name. */
export function listProblems(
  standard: readonly string[],
  terms: readonly string[],
  names: readonly ExportedName[],
): string[] {
  const used = new Set(names.flatMap(({ name }) => wordsOf(name)));
  const ofGlossary = new Set(terms.flatMap(wordsOf));
  return standard.flatMap((word, i) => [
    ...(word > (standard[i - 1] ?? '') ? [] : [`"${word}" is out of order, or there twice`]),
    ...(wordsOf(word).some((stem) => ofGlossary.has(stem)) ? [`"${word}" is in the glossary`] : []),
    ...(wordsOf(word).every((stem) => used.has(stem)) ? [] : [`"${word}" is in no name`]),
  ]);
}

/**
 * The words of a name or a text, each as its stem: `RedisDeadLetters` is redis, dead, letter. Forms of one word have one stem, so what
 * the glossary says of `plan` holds for a `RunPlanner`, too.
 */
export function wordsOf(text: string): string[] {
  const parts = text.match(/[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+/g) ?? [];
  return parts.map((part) => stemOf(part.toLowerCase()));
}

/** Rough, and the same for names and terms. */
function stemOf(word: string): string {
  const singular = word.replace(/ies$/, 'y').replace(/(?<=..[^sui])s$/, '');
  const stem = singular.replace(/(?<=...)(er|or|ed|ing|ion|able|ment|e)$/, '');
  return stem.replace(/([bdglmnprt])\1$/, '$1');
}
