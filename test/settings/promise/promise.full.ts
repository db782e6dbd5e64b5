/** The promise of `config check` over two thousand configurations of up to four changes. */
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { changesTo } from './configurations.ts';
import { everything, place, verdictOn } from './promise.ts';

test('what a check passes starts and can be warmed, whatever is changed', async () => {
  const where = await place(inject('redisUrl'));
  const property = fc.asyncProperty(changesTo(everything(where), 4), async (changes) => {
    expect(await verdictOn(where, changes)).not.toHaveProperty('how');
  });
  await fc.assert(property, { numRuns: 2_000 });
});
