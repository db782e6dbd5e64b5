import { expect, test } from 'vitest';
import { keyWorth } from '../../../src/verbs/explain/key-worth.ts';
import { sourceWith } from '../../support/sources.ts';

const COUNTED = { isReported: true, isWhole: true };

test('reads for each refresh are a plain number, however many', () => {
  // It is refreshed every 80 s.
  expect(keyWorth(sourceWith(), { own: 10_876_680, ...COUNTED }).sentence).toBe(
    'It is read about 241,704 times for each refresh.',
  );
  expect(keyWorth(sourceWith(), { own: 90, ...COUNTED }).sentence).toBe(
    'It is read about 2.0 times for each refresh.',
  );
});
