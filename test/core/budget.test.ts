import { expect, test } from 'vitest';
import { burstProblem } from '../../src/core/budget.ts';
import { parseRate } from '../../src/core/units.ts';

test.each([
  [1, [], undefined],
  [1, ['1/d'], undefined],
  [2, [], 'needs a `rate`'],
  [20, ['10/s'], undefined],
  [20, ['10/s', '20/m'], undefined],
  [20, ['10/s', '100/m', '1000/d'], undefined],
  [20, ['10/s', '19/m'], 'must be at most 19, since `rate` allows 19/m; lower it'],
  [20, ['10/s', '100/m', '5/d'], 'must be at most 5, since `rate` allows 5/d'],
])('a burst of %d with the rate %j: %s', (burst, rates, says) => {
  const problem = burstProblem(burst, rates.map(parseRate));
  if (says === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(says);
});

test('a burst without any rate is refused as one with an empty list is', () => {
  expect(burstProblem(2, undefined)).toBe(burstProblem(2, []));
});
