import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countsOf,
  OUTCOME_LETTERS,
  OUTCOMES,
  outcomeOfLetter,
  PENDING_LETTER,
  sumOf,
} from '../../src/core/outcome.ts';

test('each outcome has a letter of its own, which is read back', () => {
  for (const outcome of OUTCOMES) expect(outcomeOfLetter(OUTCOME_LETTERS[outcome])).toBe(outcome);
  const letters = [...Object.values(OUTCOME_LETTERS), PENDING_LETTER];
  expect(new Set(letters).size).toBe(OUTCOMES.length + 1);
  expect(letters.every((letter) => letter.length === 1)).toBe(true);
});

test('a pending or unknown letter has no outcome', () => {
  expect(outcomeOfLetter(PENDING_LETTER)).toBeUndefined();
  expect(outcomeOfLetter('?')).toBeUndefined();
});

test('counts name every outcome and add up', () => {
  const known = fc.dictionary(fc.constantFrom(...OUTCOMES), fc.nat(1e6));
  fc.assert(
    fc.property(known, (known) => {
      const counts = countsOf(known);
      expect(Object.keys(counts).sort()).toEqual([...OUTCOMES].sort());
      expect(sumOf(counts)).toBe(Object.values(known).reduce((sum, count) => sum + count, 0));
    }),
  );
});

test('counts of nothing are not shared', () => {
  expect(countsOf()).not.toBe(countsOf());
  expect(sumOf(countsOf())).toBe(0);
});
