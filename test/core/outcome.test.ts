import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countsOf,
  OUTCOME_CODES,
  OUTCOMES,
  outcomeOfCode,
  PENDING_CODE,
  sumOf,
} from '../../src/core/outcome.ts';

test('each outcome has a code of its own, which is read back', () => {
  for (const outcome of OUTCOMES) expect(outcomeOfCode(OUTCOME_CODES[outcome])).toBe(outcome);
  const letters = [...Object.values(OUTCOME_CODES), PENDING_CODE];
  expect(new Set(letters).size).toBe(OUTCOMES.length + 1);
  expect(letters.every((letter) => letter.length === 1)).toBe(true);
});

test('a pending or unknown code has no outcome', () => {
  expect(outcomeOfCode(PENDING_CODE)).toBeUndefined();
  expect(outcomeOfCode('?')).toBeUndefined();
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
