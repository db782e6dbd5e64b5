import { expect, test } from 'vitest';
import { isLongSelector, share, shownSelector } from '../../src/cli/terminal/figures.ts';

test('a share is 0 % of nothing only, and 100 % of the whole only', () => {
  expect([share(0, 1_497), share(1, 1_497), share(1_496, 1_497), share(1_497, 1_497)]).toEqual([
    '0 %',
    '<0.1 %',
    '99.9 %',
    '100 %',
  ]);
  expect(share(0, 0)).toBe('-');
});

test('a selector of thousands of keys is shown cut', () => {
  const long = `key=${Array.from({ length: 3_000 }, (_, i) => `quote:${i}`).join(',')}`;
  expect(shownSelector(long)).toMatch(/^key=quote:0,quote:1,.{170,200}… \(31,\d{3} characters\)$/);
  expect([isLongSelector(long), isLongSelector('source=quote')]).toEqual([true, false]);
  expect([shownSelector(''), shownSelector('source=quote')]).toEqual(['everything', 'source=quote']);
});
