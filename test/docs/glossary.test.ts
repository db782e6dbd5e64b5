/** One word, one meaning: the glossary and the names in the code are held together. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  cellsOf,
  exportedNames,
  listProblems,
  nameProblems,
  readTexts,
  termsOf,
  unusedTerms,
  wordsOf,
} from '../support/glossary.ts';

const page = readFileSync('docs/glossary.md', 'utf8');
const terms = termsOf(page);
/** Words of programming and of the field that need no explanation here. One a line, sorted; each is in use. */
const standard = readFileSync('test/docs/standard-words.txt', 'utf8').trim().split('\n');
const sources = readTexts('src');
const names = sources.flatMap(exportedNames);

describe('the glossary', () => {
  test('explains every term once', () => {
    const cells = cellsOf(page);
    expect(cells.filter((cell, i) => cells.indexOf(cell) !== i)).toEqual([]);
    expect(terms.length).toBeGreaterThan(100);
  });

  test('has no term that the code does not use', () => {
    expect(
      unusedTerms(
        terms,
        sources.map(({ text }) => text),
      ),
    ).toEqual([]);
  });

  test('and the standard words make up the name of every exported class and interface', () => {
    expect(nameProblems(names, terms, standard)).toEqual([]);
  });

  test('leaves to the standard words only those that are in use and that it does not explain', () => {
    expect(listProblems(standard, terms, names)).toEqual([]);
  });
});

describe('what guards the glossary', () => {
  const exported = exportedNames({
    path: 'src/a.ts',
    text: 'export class RedisDesk {}\nexport interface Entries {}\nclass Own {}',
  });

  test('takes names and terms apart into words, whatever their form', () => {
    expect(wordsOf('S3BucketDeps')).toEqual(['s3', 'bucket', 'dep']);
    expect(wordsOf('RunPlanner')).toEqual(wordsOf('planned runs').toReversed());
    expect(wordsOf('HTTPEntries')).toEqual(wordsOf('http entry'));
    expect(
      termsOf('| word | meaning |\n| --- | --- |\n| claim (of a tick) | One. |\n| hit, miss | Two. |\n'),
    ).toEqual(['claim', 'hit', 'miss']);
  });

  test('names the word, the class and the file', () => {
    expect(nameProblems(exported, ['entry'], ['redis'])).toEqual(['"Desk" of RedisDesk in src/a.ts']);
    expect(nameProblems(exported, ['entry', 'desk'], ['redis'])).toEqual([]);
  });

  test('finds a term that is gone from the code', () => {
    expect(unusedTerms(['lasting tier', 'dead letter'], ['const deadLetters = 1; // a tier'])).toEqual([
      'lasting tier',
    ]);
  });

  test('finds standard words that are not in use, explained, or out of order', () => {
    expect(listProblems(['redis', 'hand', 'entry', 'desks'], ['entry'], exported)).toEqual([
      '"hand" is out of order, or there twice',
      '"hand" is in no name',
      '"entry" is out of order, or there twice',
      '"entry" is in the glossary',
      '"desks" is out of order, or there twice',
    ]);
  });
});
