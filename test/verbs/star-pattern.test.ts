import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits } from '../../src/verbs/schedules/star-pattern.ts';

const text = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });

test('a pattern with stars fits the names that a regular expression would fit', () => {
  fc.assert(
    fc.property(text('ab*'), text('ab'), (pattern, name) => {
      const wanted = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
      expect(fits(pattern, name), `${pattern} ${name}`).toBe(wanted);
    }),
    { numRuns: 2_000 },
  );
});
