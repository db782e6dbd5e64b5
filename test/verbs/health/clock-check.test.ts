import { expect, test } from 'vitest';
import { redisClock } from '../../../src/verbs/health/checks/redis/clock.ts';
import { examine } from '../../support/findings.ts';

test.each([
  [0, 'ok', "this host's clock and that of the jobs Redis agree"],
  [-999, 'ok', "this host's clock and that of the jobs Redis agree"],
  [5_000, 'warning', "this host's clock is 5s behind that of the jobs Redis, by which Forewarm goes"],
  [-61_000, 'warning', "this host's clock is 1m1s ahead of that of the jobs Redis, by which Forewarm goes"],
])('the doctor says of a clock that is %s ms behind: %s, %s', async (behind, level, finding) => {
  expect(await examine(redisClock, { clockBehind: () => behind })).toMatchObject([{ level, finding }]);
});

test('the doctor cannot tell while the jobs Redis does not tell its time', async () => {
  await expect(examine(redisClock, { clockBehind: () => undefined })).rejects.toThrow(
    'does not tell its time',
  );
});
