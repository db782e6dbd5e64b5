import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginsOne, shortestOf, startsWithOne } from '../../src/core/word-lists.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 6 });

test('lists of words say what asking each of them says', () => {
  fc.assert(
    fc.property(fc.array(word), word, (list, text) => {
      expect(startsWithOne(list, text)).toBe(list.some((one) => text.startsWith(one)));
      expect(beginsOne(list, text)).toBe(list.some((one) => one.startsWith(text)));
      const isLonger = (one: string) => list.some((other) => other !== one && one.startsWith(other));
      expect(shortestOf(list)).toEqual([...new Set(list)].filter((one) => !isLonger(one)));
    }),
  );
});

test('the shortest of 100,000 words of one length are found in a time that is linear', () => {
  const words = Array.from({ length: 100_000 }, (_, i) => `profile:${1_000_000 + i}`);
  const began = process.cpuUsage();
  expect(shortestOf(words)).toHaveLength(words.length);
  // One with each other they are for minutes.
  expect(process.cpuUsage(began).user / 1_000).toBeLessThan(2_000);
});
