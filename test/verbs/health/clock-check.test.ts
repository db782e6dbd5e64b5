import { expect, test } from 'vitest';
import { clockCheck } from '../../../src/verbs/health/clock-check.ts';

test.each([
  [undefined, 'warning', 'not known: the Redis for jobs does not say'],
  [0, 'ok', "this host's clock and that of the jobs Redis agree"],
  [-999, 'ok', "this host's clock and that of the jobs Redis agree"],
  [5_000, 'warning', "this host's clock is 5s behind that of the jobs Redis, by which Forewarm goes"],
  [-61_000, 'warning', "this host's clock is 1m1s ahead of that of the jobs Redis, by which Forewarm goes"],
])('the doctor says of a clock that is %s ms behind: %s, %s', (behind, state, finding) => {
  expect(clockCheck(behind)).toMatchObject({ state, finding });
});
